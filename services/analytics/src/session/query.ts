import type {
  AnswerOf,
  FeedSession,
  FirstSessionReply,
  getSessionStatus,
  listSessions,
  SessionRouteReply,
  SessionView,
} from '@wam/contracts';
import { disconnectReason, restrictionReason } from '@wam/public-events';
import type { Kysely } from '@wam/service-kit/postgres';
import type { SessionCounterTable } from '../counters/table.ts';
import type { SessionRow } from './projection.ts';
import { fromTable, type SessionViewTable } from './table.ts';

type Database = Kysely<{ session_view: SessionViewTable; session_counter: SessionCounterTable }>;

/** Sessions of the tenant that are not deleted, oldest first. `now` (epoch ms) decides whether a QR code still waits. */
export async function findSessions(
  db: Database,
  tenant: string,
  now: number,
): Promise<AnswerOf<typeof listSessions, 200>> {
  const rows = await withCounts(db, tenant).orderBy('created_at').orderBy('session_view.session_id').execute();
  const sessions = rows.map((row) => viewOf(row, now));
  return { sessions, total: sessions.length };
}

export async function findSession(
  db: Database,
  tenant: string,
  sessionId: string,
  now: number,
): Promise<SessionView | undefined> {
  const row = await withCounts(db, tenant).where('session_view.session_id', '=', sessionId).executeTakeFirst();
  return row === undefined ? undefined : viewOf(row, now);
}

export async function findSessionStatus(
  db: Database,
  tenant: string,
  sessionId: string,
  now: number,
): Promise<AnswerOf<typeof getSessionStatus, 200> | undefined> {
  const row = await live(db, tenant).selectAll('session_view').where('session_id', '=', sessionId).executeTakeFirst();
  if (row === undefined) return undefined;
  const session = fromTable(row);
  const { status, phone, reason } = session;
  const why = reason === null ? {} : { reason: disconnectReason[reason] };
  return { sessionId, status, phone, hasQR: hasQr(session, now), ...why };
}

export async function findSessionRoute(
  db: Database,
  tenant: string,
  sessionId: string,
): Promise<SessionRouteReply | undefined> {
  const row = await live(db, tenant).select(['network', 'pool']).where('session_id', '=', sessionId).executeTakeFirst();
  return row === undefined ? undefined : { sessionId, network: row.network, pool: row.pool };
}

/** What events say of a session, deleted ones included: their last events are still read. */
export async function findSessionLabel(
  db: Database,
  tenant: string,
  sessionId: string,
): Promise<FeedSession | undefined> {
  const row = await db
    .selectFrom('session_view')
    .select(['name', 'metadata'])
    .where('tenant', '=', tenant)
    .where('session_id', '=', sessionId)
    .executeTakeFirst();
  return row === undefined ? undefined : { sessionId, ...row };
}

/** Of all sessions of the tenant, oldest first. */
export async function findSessionRoutes(db: Database, tenant: string): Promise<SessionRouteReply[]> {
  const rows = await live(db, tenant).select(['session_id', 'network', 'pool']).orderBy('created_at').execute();
  return rows.map(({ session_id: sessionId, network, pool }) => ({ sessionId, network, pool }));
}

/** The oldest connected session: the one that calls without a session id use. */
export async function findDefaultSession(
  db: Database,
  tenant: string,
  network?: SessionRow['network'],
): Promise<{ sessionId: string } | undefined> {
  let connected = live(db, tenant).where('status', '=', 'connected');
  if (network !== undefined) connected = connected.where('network', '=', network);
  const row = await connected.select('session_id').orderBy('created_at').orderBy('session_id').executeTakeFirst();
  return row === undefined ? undefined : { sessionId: row.session_id };
}

/**
 * The oldest session that is not deleted, and how many there have ever been; on one network only when asked so. In one statement: callers at
 * the same moment derive the id of a new session from the count, and two snapshots would give them two ids.
 */
export async function findFirstSession(
  db: Database,
  tenant: string,
  network?: SessionRow['network'],
): Promise<FirstSessionReply> {
  let all = db.selectFrom('session_view').where('tenant', '=', tenant);
  if (network !== undefined) all = all.where('network', '=', network);
  const first = await all
    .select(['session_id', 'network', 'pool', 'deleted'])
    .select(({ fn }) => fn.countAll<number>().over().as('count'))
    .orderBy('deleted')
    .orderBy('created_at')
    .orderBy('session_id')
    .limit(1)
    .executeTakeFirst();
  const session =
    first === undefined || first.deleted
      ? null
      : { sessionId: first.session_id, network: first.network, pool: first.pool };
  return { session, sessionsEver: Number(first?.count ?? 0) };
}

const live = (db: Database, tenant: string) =>
  db.selectFrom('session_view').where('session_view.tenant', '=', tenant).where('deleted', '=', false);

const withCounts = (db: Database, tenant: string) =>
  live(db, tenant)
    .leftJoin('session_counter', (join) =>
      join
        .onRef('session_counter.tenant', '=', 'session_view.tenant')
        .onRef('session_counter.session_id', '=', 'session_view.session_id'),
    )
    .selectAll('session_view')
    .select(['session_counter.sent', 'session_counter.received']);

function viewOf(row: SessionViewTable & { sent: number | null; received: number | null }, now: number): SessionView {
  const session = fromTable(row);
  const { sessionId, name, description, phone, status, createdAt, network, metadata } = session;
  return {
    sessionId,
    name,
    description,
    phone,
    status,
    hasQR: hasQr(session, now),
    messagesSent: row.sent ?? 0,
    messagesReceived: row.received ?? 0,
    createdAt,
    network,
    metadata,
    restriction: restrictionOf(session, now),
  };
}

/** One whose time is over is none, though nobody may have said so yet. */
function restrictionOf({ restrictedAt, restrictedUntil }: SessionRow, now: number): SessionView['restriction'] {
  if (restrictedAt === null || restrictedUntil === null || Date.parse(restrictedUntil) <= now) return null;
  return { since: restrictedAt, until: restrictedUntil, reason: restrictionReason };
}

const hasQr = ({ hasQr: issued, qrExpiresAt }: SessionRow, now: number): boolean =>
  issued && qrExpiresAt !== null && Date.parse(qrExpiresAt) > now;
