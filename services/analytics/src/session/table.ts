import { insertRows, type Kysely, sql } from '@wam/service-kit/postgres';
import type { SessionRow } from './projection.ts';

export interface SessionViewTable {
  session_id: string;
  tenant: string;
  name: string;
  description: string;
  network: SessionRow['network'];
  pool: string;
  phone: string | null;
  status: SessionRow['status'];
  has_qr: boolean;
  qr_expires_at: Date | null;
  reason: SessionRow['reason'];
  restricted_at: Date | null;
  restricted_until: Date | null;
  created_at: Date;
  metadata: SessionRow['metadata'];
  deleted: boolean;
}

const columns = {
  session_id: 'uuid',
  tenant: 'uuid',
  name: 'text',
  description: 'text',
  network: 'text',
  pool: 'text',
  phone: 'text',
  status: 'text',
  has_qr: 'bool',
  qr_expires_at: 'timestamptz',
  reason: 'text',
  restricted_at: 'timestamptz',
  restricted_until: 'timestamptz',
  created_at: 'timestamptz',
  metadata: 'jsonb',
  deleted: 'bool',
} as const;
const mutable = [
  'name',
  'description',
  'metadata',
  'pool',
  'phone',
  'status',
  'has_qr',
  'qr_expires_at',
  'reason',
  'restricted_at',
  'restricted_until',
  'deleted',
];
const replaceRow = sql`on conflict (tenant, session_id) do update set ${sql.join(
  mutable.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
)}`;

/** The same session id of another tenant is another session. */
export const sessionKey = (tenant: string, sessionId: string): string => `${sessionId} ${tenant}`;

export async function loadSessions<DB>(
  db: Kysely<DB>,
  keys: readonly { tenant: string; sessionId: string }[],
): Promise<Map<string, SessionRow>> {
  if (keys.length === 0) return new Map();
  const tenants = keys.map((key) => key.tenant);
  const sessionIds = keys.map((key) => key.sessionId);
  const found = await sql<SessionViewTable>`
    select view.* from session_view as view
    join unnest(${tenants}::uuid[], ${sessionIds}::uuid[]) as wanted(tenant, session_id)
    using (tenant, session_id)`.execute(db);
  return new Map(found.rows.map((row) => [sessionKey(row.tenant, row.session_id), fromTable(row)]));
}

export async function saveSessions<DB>(db: Kysely<DB>, sessions: readonly SessionRow[]): Promise<void> {
  await insertRows(db, { table: 'session_view', columns, rows: sessions.map(toTable), onConflict: replaceRow });
}

export function fromTable(row: SessionViewTable): SessionRow {
  return {
    tenant: row.tenant,
    sessionId: row.session_id,
    name: row.name,
    description: row.description,
    network: row.network,
    pool: row.pool,
    phone: row.phone,
    status: row.status,
    hasQr: row.has_qr,
    qrExpiresAt: row.qr_expires_at?.toISOString() ?? null,
    reason: row.reason,
    restrictedAt: row.restricted_at?.toISOString() ?? null,
    restrictedUntil: row.restricted_until?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    metadata: row.metadata,
    deleted: row.deleted,
  };
}

function toTable(row: SessionRow): Record<keyof typeof columns, unknown> {
  return {
    session_id: row.sessionId,
    tenant: row.tenant,
    name: row.name,
    description: row.description,
    network: row.network,
    pool: row.pool,
    phone: row.phone,
    status: row.status,
    has_qr: row.hasQr,
    qr_expires_at: row.qrExpiresAt,
    reason: row.reason,
    restricted_at: row.restrictedAt,
    restricted_until: row.restrictedUntil,
    created_at: row.createdAt,
    metadata: row.metadata,
    deleted: row.deleted,
  };
}
