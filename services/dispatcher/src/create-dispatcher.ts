/** Composition of the dispatcher: builds its adapters and runs its parts. */
import {
  type Clock,
  composeServices,
  createSealer,
  defineService,
  type IdSource,
  type Logger,
  type Service,
  systemClock,
  systemIds,
} from '@wam/service-kit';
import { createPublisher, createRequester, type NatsConnection, serveRequests } from '@wam/service-kit/nats';
import { createDatabase, migrate } from '@wam/service-kit/postgres';
import { bulkSend } from './answers/bulk-send.ts';
import { getCampaign } from './answers/get-campaign.ts';
import { createCompletionWatch } from './completion-watch.ts';
import type { DispatcherConfig } from './config.ts';
import { createDispatchLoop } from './dispatch/run-dispatch-loop.ts';
import { createOutcomeFollower } from './outcomes/follow-outcomes.ts';
import { migrations } from './storage/migrations.ts';
import { type DispatcherTables, schemaName } from './storage/tables.ts';

export interface DispatcherDeps {
  /** Stays open; the caller closes it after the service has stopped. */
  nats: NatsConnection;
  logger: Logger;
  clock?: Clock;
  ids?: IdSource;
}

/** Most requests of this service only wait for their campaign, which costs nothing. */
const maxConcurrentRequests = 2000;

/** Sends campaigns at their pace and answers `bulkSend` and `getCampaign`. */
export function createDispatcher(config: DispatcherConfig, deps: DispatcherDeps): Service {
  const { nats, clock = systemClock, ids = systemIds } = deps;
  const logger = deps.logger.child({ part: 'dispatcher' });
  const database = createDatabase<DispatcherTables>({
    url: config.DATABASE_URL.reveal(),
    schema: schemaName,
    applicationName: 'wam-dispatcher',
    logger,
  });
  const sealer = createSealer({ kek: Buffer.from(config.WAM_KEK.reveal(), 'base64') });
  const publisher = createPublisher(nats);
  const requester = createRequester(nats);
  const completions = createCompletionWatch();
  const stopping = new AbortController();

  const loop = createDispatchLoop({ database, publisher, sealer, clock, logger, completions });
  const outcomes = createOutcomeFollower({ nats, database, clock, logger, completions, wake: loop.wake });
  const answers = {
    database,
    requester,
    sealer,
    clock,
    ids,
    completions,
    wake: loop.wake,
    stopping: stopping.signal,
  };
  const requests = serveRequests(nats, {
    from: { service: 'dispatcher' },
    handlers: {
      bulkSend: (request) => bulkSend(answers, request),
      getCampaign: (request) => getCampaign(answers, request),
    },
    logger,
    maxConcurrent: maxConcurrentRequests,
  });
  const schema = defineService({
    name: 'dispatcher-schema',
    start: async () => {
      await migrate(database, { schema: schemaName, migrations });
    },
    stop: async () => {
      publisher.close();
      requester.close();
      await database.destroy();
    },
    health: () => ({ ready: true }),
  });
  const parts = composeServices([schema, outcomes, loop, requests], { logger, name: 'dispatcher' });
  return defineService({
    name: parts.name,
    start: () => parts.start(),
    stop: () => {
      stopping.abort();
      return parts.stop();
    },
    health: () => parts.health(),
  });
}
