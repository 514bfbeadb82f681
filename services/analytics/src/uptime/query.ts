import type { AnswerOf, getSessionUptime } from '@wam/contracts';
import { type Kysely, sql } from '@wam/service-kit/postgres';

const dayMs = 86_400_000;

/** Undefined for a session that the tenant does not have. A session younger than the asked time is measured from its creation. */
export async function readSessionUptime<DB>(
  db: Kysely<DB>,
  tenant: string,
  { sessionId, days }: { sessionId: string; days: number },
  now: number,
): Promise<AnswerOf<typeof getSessionUptime, 200> | undefined> {
  const to = new Date(now);
  const asked = new Date(now - days * dayMs);
  const { rows } = await sql<{
    created_at: Date;
    connected_ms: number;
    interruptions: number;
    connected_since: Date | null;
  }>`
    select view.created_at,
      coalesce(sum(extract(epoch from least(coalesce(disconnected_at, ${to}), ${to})
        - greatest(connected_at, ${asked})) * 1000) filter (where connected_at is not null), 0)::int8 as connected_ms,
      count(disconnected_at)::int8 as interruptions,
      max(connected_at) filter (where disconnected_at is null) as connected_since
    from session_view as view
    left join session_connection as connection on connection.tenant = view.tenant
      and connection.session_id = view.session_id and connected_at < ${to}
      and (disconnected_at is null or disconnected_at > ${asked})
    where view.tenant = ${tenant} and view.session_id = ${sessionId} and not view.deleted
    group by view.created_at`.execute(db);
  const found = rows[0];
  if (found === undefined) return undefined;
  const from = found.created_at > asked ? found.created_at : asked;
  const spanMs = to.getTime() - from.getTime();
  const connectedMs = Math.min(Math.max(found.connected_ms, 0), Math.max(spanMs, 0));
  return {
    sessionId,
    from: from.toISOString(),
    to: to.toISOString(),
    connectedMs,
    uptime: spanMs <= 0 ? 0 : Math.round((connectedMs / spanMs) * 1_000_000) / 1_000_000,
    interruptions: found.interruptions,
    connectedSince: found.connected_since?.toISOString() ?? null,
  };
}
