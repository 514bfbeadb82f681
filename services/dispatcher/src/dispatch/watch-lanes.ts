import { type Clock, createFigureWatch, type Logger, type Service } from '@wam/service-kit';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import type { DispatcherTables } from '../storage/tables.ts';
import { dueLanes, oldestDue, outstandingMessages } from '../telemetry.ts';

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
  return createFigureWatch<LaneFigures>({
    name: 'lane watch',
    everyMs,
    read: () => readLanes(database, new Date(clock.now())),
    onFailure: (error) => logger.warn({ err: error }, 'lanes not counted; their metrics are missing meanwhile'),
    gauges: [
      [dueLanes, ({ due }) => due],
      [outstandingMessages, ({ outstanding }) => outstanding],
      [oldestDue, ({ oldest }) => (oldest === null ? 0 : Math.max(0, clock.now() - oldest.getTime()) / 1000)],
    ],
    clock,
  });
}
