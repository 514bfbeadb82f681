/** What payloads say of a session besides the event itself, folded from `evt.session.>`. */
import type { SessionEvent, SessionMetadata } from '@wam/contracts';
import { insertRows, type SqlExecutor, sql } from '@wam/service-kit/postgres';

export interface SessionFacts {
  tenant: string;
  sessionId: string;
  name: string;
  network: string;
  metadata: SessionMetadata;
  /** The session's own, digits; null until a phone is linked. */
  phone: string | null;
  lid: string | null;
}

/** The same session id of another tenant is another session. */
export const sessionKey = (tenant: string, sessionId: string): string => `${tenant} ${sessionId}`;

/** @returns undefined for a session that is unknown, or gone */
export function evolveSession(facts: SessionFacts | undefined, event: SessionEvent): SessionFacts | undefined {
  switch (event.type) {
    case 'SessionCreated': {
      const { sessionId, name, network, metadata = {} } = event.data;
      return facts ?? { tenant: event.tenant, sessionId, name, network, metadata, phone: null, lid: null };
    }
    case 'SessionDescribed':
      return facts && { ...facts, name: event.data.name, metadata: event.data.metadata };
    case 'SessionPaired':
      return facts && { ...facts, phone: event.data.phone, lid: event.data.lid ?? null };
    case 'SessionConnected':
      return facts && { ...facts, phone: event.data.phone };
    case 'SessionDeleted':
      return undefined;
    default:
      return facts;
  }
}

export async function loadSessions(
  db: SqlExecutor,
  keys: readonly { tenant: string; sessionId: string }[],
): Promise<Map<string, SessionFacts>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<SessionFacts>`
    select session.tenant, session.session_id as "sessionId", name, network, metadata, phone, lid from session
    join unnest(${keys.map((key) => key.tenant)}::uuid[], ${keys.map((key) => key.sessionId)}::uuid[])
      as wanted(tenant, session_id) using (tenant, session_id)`.execute(db);
  return new Map(rows.map((row) => [sessionKey(row.tenant, row.sessionId), row]));
}

const columns = {
  tenant: 'uuid',
  session_id: 'uuid',
  name: 'text',
  network: 'text',
  metadata: 'jsonb',
  phone: 'text',
  lid: 'text',
} as const;

export async function saveSessions(trx: SqlExecutor, sessions: readonly SessionFacts[]): Promise<void> {
  const rows = sessions.map(({ sessionId, ...facts }) => ({ ...facts, session_id: sessionId }));
  await insertRows(trx, {
    table: 'session',
    columns,
    rows,
    onConflict: sql`on conflict (tenant, session_id) do update set name = excluded.name,
      metadata = excluded.metadata, phone = excluded.phone, lid = excluded.lid`,
  });
}

export async function deleteSessions(
  trx: SqlExecutor,
  keys: readonly { tenant: string; sessionId: string }[],
): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    delete from session using unnest(${keys.map((key) => key.tenant)}::uuid[], ${keys.map((key) => key.sessionId)}::uuid[])
      as gone(tenant, session_id)
    where session.tenant = gone.tenant and session.session_id = gone.session_id`.execute(trx);
}
