import {
  type EntitlementsReply,
  type EraseContact,
  internalRequests,
  messageSealPurpose,
  type RejectionBody,
  type ServiceRequest,
  streams,
  subjects,
} from '@wam/contracts';
import { createOutboxRelay, readCheckpoint } from '@wam/event-store';
import { createOpenMessage } from '@wam/public-events';
import {
  type Clock,
  composeOnStart,
  composeServices,
  configuredSealer,
  type IdSource,
  type Logger,
  type Random,
  type Sealer,
  type Service,
  systemClock,
  systemIds,
  systemRandom,
} from '@wam/service-kit';
import {
  answer,
  connectBus,
  createPublisher,
  createRequester,
  type NatsConnection,
  refuse,
  serveRequests,
  streamState,
} from '@wam/service-kit/nats';
import { createDatabase, type Kysely, migrateSealed } from '@wam/service-kit/postgres';
import type { WebhooksConfig } from './config.ts';
import { createBacklogWatch } from './delivery/backlog-watch.ts';
import { createDeliverer } from './delivery/deliver-webhooks.ts';
import { defaultHealthRules } from './delivery/receiver-health.ts';
import { eraseContact } from './delivery-log/erase-contact.ts';
import { createPruner } from './delivery-log/prune-deliveries.ts';
import { awaitFanOut } from './fan-out/await-fan-out.ts';
import { createEventFollower } from './fan-out/follow-events.ts';
import { checkpointName } from './fan-out/write-batches.ts';
import { createGuardedAgent } from './network/guarded-agent.ts';
import { createResolveHost } from './network/resolve-host.ts';
import { createSendAttempt, createStartAttempt } from './network/send-attempt.ts';
import { webhookRequestHandlers } from './request-handlers.ts';
import { migrations } from './storage/migrations.ts';
import { type WebhooksTables, webhooksSchema } from './storage/schema.ts';
import { checkReceiver } from './webhook/check-receiver.ts';
import { createWebhookSeals } from './webhook/webhook-seals.ts';

export interface WebhooksDeps {
  logger: Logger;
  clock?: Clock;
  ids?: IdSource;
  random?: Random;
}

const askTimeoutMs = 5_000;
const dayMs = 86_400_000;
const outboxSweepMs = 1_000;
const fanOutIsBehind = 'Events of the last moments have no deliveries yet, which would be left: repeat it';

/**
 * Webhooks and their deliveries. Any number of processes may run: they share the event log by its checkpoint and the webhooks by leases.
 * Migrates its schema when it starts.
 */
export function createWebhooks(config: WebhooksConfig, deps: WebhooksDeps): Service {
  return composeOnStart('webhooks', async (resources) => {
    const nc = await connectBus(config, 'webhooks');
    resources.defer(() => nc.drain());
    const db = createDatabase<WebhooksTables>({
      url: config.DATABASE_URL.reveal(),
      schema: webhooksSchema,
      applicationName: 'wam-webhooks',
      max: config.WEBHOOK_DATABASE_POOL,
      logger: deps.logger,
    });
    resources.defer(() => db.destroy());
    const sealer = configuredSealer(config, { purposesWithOwnKey: [messageSealPurpose] });
    await migrateSealed(db, { schema: webhooksSchema, migrations, sealer });
    return composeParts(config, { nc, db, sealer, resources }, deps);
  });
}

interface Connections {
  nc: NatsConnection;
  db: Kysely<WebhooksTables>;
  sealer: Sealer;
  resources: AsyncDisposableStack;
}

function composeParts(
  config: WebhooksConfig,
  { nc, db, sealer, resources }: Connections,
  { logger, clock = systemClock, ids = systemIds, random = systemRandom }: WebhooksDeps,
): Service {
  const seals = createWebhookSeals(sealer);
  const publisher = createPublisher(nc);
  const requester = createRequester(nc);
  resources.defer(() => publisher.close());
  resources.defer(() => requester.close());
  const { allowed } = config;
  const resolve = createResolveHost(allowed);
  const agent = createGuardedAgent({ allowed, resolve });
  resources.defer(() => agent.destroy());
  const attempts = { agent, timeoutMs: config.WEBHOOK_TIMEOUT };
  const now = () => new Date(clock.now());
  const newId = ids.ulid;

  async function readEntitlements(tenant: string): Promise<EntitlementsReply | RejectionBody> {
    const operation = internalRequests.entitlements;
    const request = { operation, requestId: `req_${newId()}`, params: { accountId: tenant }, query: {} };
    const reply = await requester.request(subjects.request('auth', operation), request, askTimeoutMs);
    return reply.ok ? (reply.body as EntitlementsReply) : reply;
  }

  const deliverer = createDeliverer({
    db,
    seals,
    startAttempt: createStartAttempt(attempts),
    cutOff: () => agent.destroy(),
    rules: { ...defaultHealthRules, maxLimit: config.WEBHOOK_CONCURRENCY },
    perAccount: config.WEBHOOK_ACCOUNT_CONCURRENCY,
    clock,
    random,
    newId,
    owner: ids.uuid(),
    leaseMs: config.WEBHOOK_LEASE,
    logger,
  });
  const follower = createEventFollower({
    db,
    nc,
    clock,
    logger,
    open: createOpenMessage(sealer),
    seals,
    now,
    newId,
    leaseMs: config.WEBHOOK_LEASE,
    readEntitlements,
    offerUnwritten: deliverer.attemptUnwritten,
    onDeliveries: deliverer.handOver,
    onOverdue: deliverer.slowDown,
    onOthers: deliverer.wakeAccounts,
  });
  const customerHandlers = webhookRequestHandlers({
    db,
    seals,
    send: createSendAttempt(attempts),
    now,
    newId,
    wake: deliverer.refresh,
    readEntitlements,
    checkUrl: (url) => checkReceiver(url, { allowed, resolve, clock }),
    async checkSession(sessionId, { principal, requestId }) {
      const operation = internalRequests.sessionRoute;
      const request = { operation, requestId, principal, params: { sessionId }, query: {} };
      const reply = await requester.request(subjects.request('analytics', operation), request, askTimeoutMs);
      return reply.ok ? undefined : { ...reply, ...(reply.code === 'SESSION_NOT_FOUND' ? { param: 'sessionId' } : {}) };
    },
  });
  const handlers = {
    ...customerHandlers,
    // For operators: the right to be on the bus is the right to ask.
    [internalRequests.eraseContact]: async ({ body }: ServiceRequest) => {
      // What is in the log but not in the table yet would be missed.
      const isInTable = await awaitFanOut({
        readLog: () => streamState(nc, streams.events.name),
        readCheckpoint: () => readCheckpoint(db, checkpointName),
      });
      if (!isInTable) return refuse({ code: 'SERVICE_UNAVAILABLE', message: fanOutIsBehind });
      return answer(200, await eraseContact({ db, seals }, body as EraseContact));
    },
  };
  if (allowed.entries.length > 0)
    logger.warn({ allowed: allowed.entries }, 'webhooks may be sent to these addresses although they are not public');
  return composeServices(
    [
      deliverer,
      follower,
      createOutboxRelay({ db, publisher, logger, sweepIntervalMs: outboxSweepMs }),
      createBacklogWatch({ db, clock, logger }),
      createPruner({ db, clock, retentionMs: config.WEBHOOK_RETENTION_DAYS * dayMs, logger }),
      serveRequests(nc, { from: { service: 'webhooks' }, handlers, logger }),
    ],
    { logger, name: 'webhooks' },
  );
}
