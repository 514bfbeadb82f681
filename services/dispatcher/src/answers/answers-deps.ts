import type { Principal, ServiceReply, ServiceRequest } from '@wam/contracts';
import type { Clock, IdSource } from '@wam/service-kit';
import { type Requester, refuse } from '@wam/service-kit/nats';
import { databaseOfTenant } from '@wam/service-kit/postgres';
import type { Kysely } from 'kysely';
import type { PacePolicy } from '../pace/plan-step.ts';
import { type Campaign, findCampaign } from '../storage/campaign-row.ts';
import type { ContactSealer } from '../storage/contact-sealer.ts';
import type { DispatcherTables } from '../storage/tables.ts';

export interface AnswerDeps {
  database: Kysely<DispatcherTables>;
  requester: Requester;
  sealer: ContactSealer;
  clock: Clock;
  ids: IdSource;
  policy: PacePolicy;
  /** Tells the dispatch loop that there is work. */
  wake: () => void;
}

export type Handler = (request: ServiceRequest) => Promise<ServiceReply>;

/** For operations of an account. */
export const asAccount =
  (handle: (request: ServiceRequest & { principal: Principal }) => Promise<ServiceReply>): Handler =>
  async (request) =>
    request.principal === undefined
      ? refuse({ code: 'UNAUTHORIZED' })
      : handle(request as ServiceRequest & { principal: Principal });

/** Handlers of these, each request with a database that shows and takes rows of its account only. */
export const withinAccount = <Deps extends Pick<AnswerDeps, 'database'>, Name extends string>(
  deps: Deps,
  handlers: Record<Name, (deps: Deps) => Handler>,
): Record<Name, Handler> =>
  Object.fromEntries(
    Object.entries<(deps: Deps) => Handler>(handlers).map(([name, handlerOf]) => [
      name,
      asAccount((request) =>
        handlerOf({ ...deps, database: databaseOfTenant(deps.database, request.principal.tenant) })(request),
      ),
    ]),
  ) as Record<Name, Handler>;

/** For operations on one campaign. Another tenant's is answered as one that does not exist. */
export const onCampaign = (
  { database }: Pick<AnswerDeps, 'database'>,
  handle: (campaign: Campaign, request: ServiceRequest & { principal: Principal }) => Promise<ServiceReply>,
): Handler =>
  asAccount(async (request) => {
    const campaign = await findCampaign(database, request.principal.tenant, request.params.campaignId ?? '');
    return campaign === undefined ? refuse({ code: 'CAMPAIGN_NOT_FOUND' }) : handle(campaign, request);
  });
