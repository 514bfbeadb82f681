import { type Clock, defineService, type Logger, type Service, type Timer } from '@wam/service-kit';
import type { Kysely } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../database.ts';
import { applyRetention } from './apply-retention.ts';
import { keptFrom } from './kept-from.ts';

/** The horizon moves once a month; looking costs three small queries. */
const everyMs = 3_600_000;

/** Applies the retention when it starts and every hour; with 0 months nothing is ever forgotten. */
export function createRetentionTimer(options: {
  db: Kysely<AnalyticsTables>;
  months: number;
  clock: Clock;
  logger: Logger;
}): Service {
  const { db, months, clock, logger } = options;
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();

  async function apply(): Promise<void> {
    try {
      const dropped = await applyRetention(db, keptFrom(clock.now(), months));
      if (dropped === 'busy')
        logger.info({}, 'retention waits for a rebuild or an erasure to end; trying again in an hour');
      else if (dropped.length > 0) logger.info({ months: dropped }, 'months of the archive dropped by retention');
    } catch (error) {
      logger.error({ err: error }, 'retention not applied; trying again in an hour');
    }
  }
  function turn(): void {
    running = apply();
    timer = clock.setTimeout(turn, everyMs);
  }

  return defineService({
    name: 'retention',
    async start() {
      if (months > 0) turn();
    },
    async stop() {
      timer?.cancel();
      await running;
    },
    health: () => ({ ready: true }),
  });
}
