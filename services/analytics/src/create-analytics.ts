import { messageSealPurpose, streams } from '@wam/contracts';
import { createOpenMessage } from '@wam/public-events';
import {
  type Clock,
  composeOnStart,
  composeServices,
  configuredSealer,
  type Logger,
  type Sealer,
  type Service,
  systemClock,
} from '@wam/service-kit';
import { connectBus, type NatsConnection, serveRequests, streamState } from '@wam/service-kit/nats';
import { createDatabase, type Kysely, migrateSealed } from '@wam/service-kit/postgres';
import { createHandlers } from './answering/handlers.ts';
import { createOperatorHandlers } from './answering/operator-handlers.ts';
import { createReadBarrier } from './answering/read-barrier.ts';
import type { AnalyticsConfig } from './config.ts';
import { type AnalyticsTables, schemaName } from './database.ts';
import { createFindWaiting } from './message/find-waiting.ts';
import { migrations } from './migrations.ts';
import { createLagWatch } from './projecting/lag-watch.ts';
import { createProgress } from './projecting/progress.ts';
import { createProjector, readPosition } from './projecting/projector.ts';
import { createRebuildJobs } from './rebuilding/rebuild-job.ts';
import { createRetentionTimer } from './retention/retention-timer.ts';

export interface AnalyticsDependencies {
  logger: Logger;
  /** Default: the system's. */
  clock?: Clock;
}

/**
 * The read side: archives every event, keeps the read models, answers queries (`req.analytics.*`). Any number may run; one of them
 * projects, all answer. Connects and migrates on start; expects the stream EVT to exist sooner or later.
 */
export function createAnalytics(config: AnalyticsConfig, dependencies: AnalyticsDependencies): Service {
  return composeOnStart('analytics', async (resources) => {
    const db = openDatabase(config, schemaName, config.ANALYTICS_DATABASE_POOL, dependencies.logger);
    resources.defer(() => db.destroy());
    const nc = await connectBus(config, 'analytics');
    resources.defer(() => nc.close());
    const sealer = configuredSealer(config, { purposesWithOwnKey: [messageSealPurpose] });
    await migrateSealed(db, { schema: schemaName, migrations, sealer });
    return createParts(config, nc, db, sealer, dependencies);
  });
}

const openDatabase = (config: AnalyticsConfig, schema: string, max: number, logger: Logger): Kysely<AnalyticsTables> =>
  createDatabase({ url: config.DATABASE_URL.reveal(), schema, applicationName: 'wam-analytics', max, logger });

function createParts(
  config: AnalyticsConfig,
  nc: NatsConnection,
  db: Kysely<AnalyticsTables>,
  sealer: Sealer,
  { logger, clock = systemClock }: AnalyticsDependencies,
): Service {
  const progress = createProgress({ readCheckpoint: () => readPosition(db), clock });
  const readHead = async () => (await streamState(nc, streams.events.name)).lastSeq;
  const barrier = createReadBarrier({ readHead, progress, clock, timeoutMs: config.ANALYTICS_READ_WAIT });
  const open = createOpenMessage(sealer);
  const rebuilds = createRebuildJobs({
    live: db,
    openBeside(schema) {
      const beside = openDatabase(config, schema, 2, logger);
      return { db: beside, close: () => beside.destroy() };
    },
    open,
    onFailed: (error) => logger.error({ err: error }, 'rebuild failed; the live tables are as they were'),
  });
  const handlers = {
    ...createHandlers({ db, barrier, clock, open, findWaiting: createFindWaiting(nc, logger) }),
    ...createOperatorHandlers({ db, rebuilds, barrier }),
  };
  return composeServices(
    [
      createLagWatch({ readHead, position: () => (progress.isReporting ? progress.seq : undefined), clock }),
      createProjector({
        db,
        nc,
        open,
        progress,
        clock,
        logger,
        maxBatch: config.ANALYTICS_BATCH,
      }),
      createRetentionTimer({ db, months: config.RETENTION_MONTHS, clock, logger }),
      serveRequests(nc, { from: { service: 'analytics' }, handlers, logger }),
    ],
    { logger, name: 'analytics' },
  );
}
