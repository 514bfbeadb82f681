/** One row per Idempotency-Key of an account, until it expires. */
import { type Kysely, type SqlExecutor, sql } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';

export interface OnceRow {
  id: string;
  fingerprint: Buffer;
  /** How often it was begun. */
  attempt: number;
  claimed_until: Date;
  /** Sealed. */
  answer: Buffer | null;
  reserved_day: string | null;
  reserved_count: number;
  expires_at: Date;
}
export interface NewOnce {
  tenant: string;
  keyHash: Buffer;
  id: string;
  fingerprint: Buffer;
  now: Date;
  claimedUntil: Date;
  expiresAt: Date;
}

/** @returns whether this is the first use of the key */
export async function insertOnce(db: SqlExecutor, row: NewOnce): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into once (tenant, key_hash, id, fingerprint, claimed_until, created_at, expires_at)
    values (${row.tenant}, ${row.keyHash}, ${row.id}, ${row.fingerprint}, ${row.claimedUntil}, ${row.now}, ${row.expiresAt})
    on conflict do nothing`.execute(db);
  return numAffectedRows === 1n;
}

export async function lockOnceByKey(
  trx: Kysely<AuthTables>,
  { tenant, keyHash }: Pick<NewOnce, 'tenant' | 'keyHash'>,
): Promise<OnceRow | undefined> {
  return trx
    .selectFrom('once')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('key_hash', '=', keyHash)
    .forUpdate()
    .executeTakeFirst();
}

export async function lockOnce(trx: Kysely<AuthTables>, tenant: string, id: string): Promise<OnceRow | undefined> {
  return trx
    .selectFrom('once')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export async function updateOnce(
  trx: Kysely<AuthTables>,
  id: string,
  change: Partial<Pick<OnceRow, 'attempt' | 'claimed_until' | 'answer' | 'reserved_day' | 'reserved_count'>>,
): Promise<void> {
  await trx.updateTable('once').set(change).where('id', '=', id).execute();
}

export async function deleteOnce(trx: Kysely<AuthTables>, id: string): Promise<void> {
  await trx.deleteFrom('once').where('id', '=', id).execute();
}

/** @returns how many rows are gone; `limit` of them means that there may be more */
export async function deleteExpiredOnces(db: SqlExecutor, now: Date, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from once where id in (
      select id from once where expires_at <= ${now} limit ${limit} for update skip locked
    )`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
