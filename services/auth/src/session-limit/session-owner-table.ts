import { type Kysely, type SqlExecutor, sql, unnestRows } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';

/** Sessions that exist, and places kept for sessions that are about to; `except` is not counted. */
export async function countSessions(
  db: Kysely<AuthTables>,
  tenant: string,
  { now, except }: { now: Date; except?: string },
): Promise<number> {
  const ofTenant = db
    .selectFrom('session_owner')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('tenant', '=', tenant)
    .where((where) => where.or([where('reserved_until', 'is', null), where('reserved_until', '>', now)]));
  const { count } = await (except === undefined
    ? ofTenant
    : ofTenant.where('session_id', '!=', except)
  ).executeTakeFirstOrThrow();
  return count;
}

/** Keeps a place until `until`; one that is kept already is kept longer, and a session that exists stays as it is. */
export async function reserveSession(
  db: SqlExecutor,
  { sessionId, tenant, until }: { sessionId: string; tenant: string; until: Date },
): Promise<void> {
  await sql`
    insert into session_owner as owner (session_id, tenant, reserved_until)
    values (${sessionId}::uuid, ${tenant}::uuid, ${until}::timestamptz)
    on conflict (session_id) do update set reserved_until = excluded.reserved_until
      where owner.reserved_until is not null and owner.tenant = excluded.tenant`.execute(db);
}

/** Places whose session never came. */
export async function deleteExpiredReservations(db: Kysely<AuthTables>, tenant: string, now: Date): Promise<void> {
  await db.deleteFrom('session_owner').where('tenant', '=', tenant).where('reserved_until', '<=', now).execute();
}

/** The sessions exist, whether a place was kept for them or not. */
export async function addSessions(
  db: SqlExecutor,
  sessions: readonly { sessionId: string; tenant: string }[],
): Promise<void> {
  if (sessions.length === 0) return;
  const rows = sessions.map(({ sessionId, tenant }) => ({ session_id: sessionId, tenant }));
  await sql`
    insert into session_owner (session_id, tenant, reserved_until)
    select distinct session_id, tenant, null::timestamptz
    from ${unnestRows({ session_id: 'uuid', tenant: 'uuid' }, rows)}
    on conflict (session_id) do update set reserved_until = null`.execute(db);
}

export async function removeSessions(db: Kysely<AuthTables>, sessionIds: readonly string[]): Promise<void> {
  if (sessionIds.length > 0)
    await db
      .deleteFrom('session_owner')
      .where('session_id', 'in', [...sessionIds])
      .execute();
}
