import { subjects } from '@wam/contracts';
import type { Logger } from '@wam/service-kit';
import { type LiveSubscription, type NatsConnection, subscribeLive } from '@wam/service-kit/nats';
import type { Connections } from '../doors/connections.ts';
import type { ApiKeyDirectory } from './api-keys.ts';
import type { EntitlementsDirectory } from './entitlements.ts';

/** What is known of an account is dropped as soon as an event says that it has changed: revoking works on every gateway at once. */
export const followAccounts = (
  nc: NatsConnection,
  {
    apiKeys,
    entitlements,
    connections,
  }: {
    apiKeys: ApiKeyDirectory;
    entitlements: EntitlementsDirectory;
    connections: Pick<Connections, 'accountChanged'>;
  },
  logger: Logger,
): Promise<LiveSubscription> =>
  subscribeLive(
    nc,
    subjects.eventsOfDomain('account'),
    ({ event }) => {
      const { type, tenant } = event;
      if (type === 'AccountRegistered' || type === 'ApiKeyCreated') return;
      apiKeys.forget(tenant);
      entitlements.forget(tenant);
      connections.accountChanged(event);
    },
    logger,
  );
