import { sql } from 'kysely';
import type { UsedSession } from '../campaign/plan-bulk-send.ts';
import type { DispatcherTransaction } from '../storage/campaign-row.ts';

/**
 * Every session of a campaign has a lane. What the log said of it is newer than what was asked; only where the log said nothing, the answer
 * counts: a session that was there before this service.
 */
export async function ensureLanes(
  tx: DispatcherTransaction,
  tenant: string,
  sessions: readonly UsedSession[],
  weight: number,
): Promise<void> {
  for (const { sessionId, network, pool, status, restrictedUntil = null, createdAt } of [...sessions].sort((a, b) =>
    a.sessionId < b.sessionId ? -1 : 1,
  )) {
    const since = status === 'connected' || status === 'reconnecting' ? new Date(createdAt) : null;
    await sql`
      insert into session_lane
        (session_id, tenant, network, pool, status, restricted, restricted_until, connected_since, weight)
      values (${sessionId}, ${tenant}, ${network}, ${pool}, ${status}, ${restrictedUntil !== null},
        ${restrictedUntil}, ${since}, ${weight})
      on conflict (session_id) do update
        set network = excluded.network, pool = excluded.pool, weight = excluded.weight`.execute(tx);
  }
}
