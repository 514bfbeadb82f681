import { type Kysely, sql } from 'kysely';
import type { DispatcherTables } from '../storage/tables.ts';

/**
 * Sessions that may send now, in the order in which they get their turn: round robin over the accounts, each with as many turns as its
 * weight, and within an account whoever waits longest. It reads only the index of what is due: a session is one entry, however many
 * recipients its campaigns have.
 */
export async function findDueLanes(
  database: Kysely<DispatcherTables>,
  now: Date,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ session_id: string }>`
    select session_id from (
      select session_id, next_at, weight, row_number() over (partition by tenant order by next_at) as turn
      from session_lane where next_at <= ${now}
    ) as due
    order by (turn - 1) / weight, next_at
    limit ${limit}`.execute(database);
  return rows.map((row) => row.session_id);
}
