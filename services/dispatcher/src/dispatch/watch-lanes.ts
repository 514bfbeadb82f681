import { type Clock, defineService, type Logger, type Service } from '@wam/service-kit';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import type { DispatcherTables } from '../storage/tables.ts';
import { dueLanes, oldestDue, outstandingMessages } from '../telemetry.ts';

/** A scrape may not wait for the database, nor cost it a count. */
const everyMs = 10_000;

interface LaneFigures {
  due: number;
  outstanding: number;
  /** When the longest waiting one became due. */
  oldest: Date | null;
}

async function readLanes(database: Kysely<DispatcherTables>, now: Date): Promise<LaneFigures> {
  const { rows } = await sql<LaneFigures>`
    select count(*) filter (where next_at <= ${now}) as due, coalesce(sum(outstanding), 0)::int8 as outstanding,
      min(next_at) filter (where next_at <= ${now}) as oldest
    from session_lane where next_at is not null or outstanding > 0`.execute(database);
  return rows[0]!;
}

/** Exports what waits for its turn. */
export function createLaneWatch(options: {
  database: Kysely<DispatcherTables>;
  clock: Clock;
  logger: Logger;
}): Service {
  const { database, clock, logger } = options;
  const stopping = new AbortController();
  let lanes: LaneFigures | undefined;
  let watching: Promise<void> = Promise.resolve();
  let withdraw: (() => void)[] = [];

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      lanes = await readLanes(database, new Date(clock.now())).catch((error: unknown) => {
        logger.warn({ err: error }, 'lanes not counted; their metrics are missing meanwhile');
        return undefined;
      });
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined);
    }
  }
  const waitedSeconds = ({ oldest }: LaneFigures): number =>
    oldest === null ? 0 : Math.max(0, clock.now() - oldest.getTime()) / 1000;

  return defineService({
    name: 'lane watch',
    async start() {
      withdraw = [
        dueLanes.observeFrom(() => (lanes ? [[{}, lanes.due]] : [])),
        outstandingMessages.observeFrom(() => (lanes ? [[{}, lanes.outstanding]] : [])),
        oldestDue.observeFrom(() => (lanes ? [[{}, waitedSeconds(lanes)]] : [])),
      ];
      watching = watch();
    },
    async stop() {
      stopping.abort();
      for (const each of withdraw) each();
      await watching;
    },
    health: () => ({ ready: true }),
  });
}
