/** The stretch of the log between two moments, found by the ids: they are in the order of time, and the log has no other index by it. */
import { ulidFrom } from '@wam/service-kit';
import { sql } from '@wam/service-kit/postgres';

/** Between the time of a delivery and that in its id: a batch of the log has one time, and clocks are set. */
const slackMs = 60_000;
const firstId = '';
/** Behind all in any collation: a ULID begins with 7 at most. */
const lastId = 'dlv_8';

/** @param range ISO 8601; without an end it is open */
export function inRange({ since, until }: { since?: string; until?: string }) {
  const idFrom = (instant: string, offsetMs: number): string =>
    `dlv_${ulidFrom(Math.max(0, Date.parse(instant) + offsetMs))}`;
  return sql<boolean>`(
    id >= ${since === undefined ? firstId : idFrom(since, -slackMs)}
    and id < ${until === undefined ? lastId : idFrom(until, slackMs)}
    and created_at >= ${since === undefined ? '-infinity' : new Date(since)}
    and created_at < ${until === undefined ? 'infinity' : new Date(until)}
  )`;
}
