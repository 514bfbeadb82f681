import { insertRows, type Kysely, sql } from '@wam/service-kit/postgres';
import { sessionKey } from '../session/table.ts';
import type { Connection } from './projection.ts';

export interface SessionConnectionTable {
  tenant: string;
  session_id: string;
  connected_at: Date;
  disconnected_at: Date | null;
  cause: string | null;
}

const columns = {
  tenant: 'uuid',
  session_id: 'uuid',
  connected_at: 'timestamptz',
  disconnected_at: 'timestamptz',
  cause: 'text',
} as const;
const replaceEnd = sql`on conflict (tenant, session_id, connected_at) do update set
  disconnected_at = excluded.disconnected_at, cause = excluded.cause`;

/** Connections that last, by session key. */
export async function loadOpenConnections<DB>(
  db: Kysely<DB>,
  sessions: readonly { tenant: string; sessionId: string }[],
): Promise<Map<string, Connection>> {
  const { rows } = await sql<SessionConnectionTable>`
    select connection.* from session_connection as connection
    join unnest(${sessions.map(({ tenant }) => tenant)}::uuid[], ${sessions.map(({ sessionId }) => sessionId)}::uuid[])
      as wanted(tenant, session_id) using (tenant, session_id)
    where disconnected_at is null`.execute(db);
  return new Map(
    rows.map((row) => [
      sessionKey(row.tenant, row.session_id),
      {
        tenant: row.tenant,
        sessionId: row.session_id,
        connectedAt: row.connected_at.toISOString(),
        disconnectedAt: null,
        cause: null,
      },
    ]),
  );
}

export async function saveConnections<DB>(db: Kysely<DB>, connections: readonly Connection[]): Promise<void> {
  // Two of a session may begin in the same millisecond; the row is that of the last.
  const rows = new Map(connections.map((one) => [`${sessionKey(one.tenant, one.sessionId)} ${one.connectedAt}`, one]));
  await insertRows(db, {
    table: 'session_connection',
    columns,
    rows: [...rows.values()].map(({ tenant, sessionId, connectedAt, disconnectedAt, cause }) => ({
      tenant,
      session_id: sessionId,
      connected_at: connectedAt,
      disconnected_at: disconnectedAt,
      cause,
    })),
    onConflict: replaceEnd,
  });
}
