import { insertRows, type Kysely, type SqlExecutor, sql } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import type { AuditCursor } from './audit-cursor.ts';
import type { AuditAction, AuditEntry } from './audit-entry.ts';

/** An entry whose id is there already is not written again. */
export async function insertAuditEntries(db: SqlExecutor, entries: readonly AuditEntry[]): Promise<void> {
  await insertRows(db, {
    table: 'audit_entry',
    columns: {
      id: 'text',
      tenant: 'uuid',
      action: 'text',
      actor: 'text',
      subject: 'text',
      request_id: 'text',
      at: 'timestamptz',
      details: 'jsonb',
    },
    rows: entries.map(({ requestId, ...entry }) => ({ ...entry, request_id: requestId })),
    onConflict: sql`on conflict (id) do nothing`,
  });
}

/** Writes the entry unless the account has `limit` of its action since `since` already: guessing must not fill the table. */
export async function insertAuditEntryUpTo(
  db: Kysely<AuthTables>,
  entry: AuditEntry,
  { limit, since }: { limit: number; since: Date },
): Promise<void> {
  const { count } = await db
    .selectFrom('audit_entry')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('tenant', '=', entry.tenant)
    .where('at', '>', since)
    .where('action', '=', entry.action)
    .executeTakeFirstOrThrow();
  if (count < limit) await insertAuditEntries(db, [entry]);
}

/** Newest first, those of one millisecond by id. */
export async function readAuditEntries(
  db: Kysely<AuthTables>,
  tenant: string,
  { limit, after }: { limit: number; after: AuditCursor | undefined },
): Promise<AuditEntry[]> {
  const all = db.selectFrom('audit_entry').selectAll().where('tenant', '=', tenant);
  const rows = await (after === undefined
    ? all
    : all.where(sql<boolean>`(at, id) < (${after.at}::timestamptz, ${after.id}::text)`)
  )
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ request_id: requestId, action, ...row }) => ({
    ...row,
    action: action as AuditAction,
    requestId,
  }));
}
