import type { Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import type { StoredRefreshToken } from './refresh-token.ts';

export async function insertRefreshFamily(
  db: Kysely<AuthTables>,
  family: { id: string; tenant: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await db
    .insertInto('refresh_family')
    .values({ id: family.id, tenant: family.tenant, created_at: family.createdAt, expires_at: family.expiresAt })
    .execute();
}

/** Lengthens the family's life to that of the token. */
export async function insertRefreshToken(
  db: Kysely<AuthTables>,
  token: { hash: Buffer; family: string; expiresAt: Date },
): Promise<void> {
  await db
    .insertInto('refresh_token')
    .values({ hash: token.hash, family: token.family, expires_at: token.expiresAt, spent_at: null })
    .execute();
  await db
    .updateTable('refresh_family')
    .set({ expires_at: token.expiresAt })
    .where('id', '=', token.family)
    .where('expires_at', '<', token.expiresAt)
    .execute();
}

/** To be trusted only under the lock of its account, which everything that changes logins takes first. */
export async function findRefreshToken(db: Kysely<AuthTables>, hash: Buffer): Promise<StoredRefreshToken | undefined> {
  const row = await db
    .selectFrom('refresh_token')
    .innerJoin('refresh_family', 'refresh_family.id', 'refresh_token.family')
    .select(['refresh_family.id', 'refresh_family.tenant', 'refresh_token.expires_at', 'refresh_token.spent_at'])
    .where('refresh_token.hash', '=', hash)
    .executeTakeFirst();
  return row && { family: row.id, tenant: row.tenant, expiresAt: row.expires_at, spentAt: row.spent_at };
}

export async function spendRefreshToken(db: Kysely<AuthTables>, hash: Buffer, at: Date): Promise<void> {
  await db.updateTable('refresh_token').set({ spent_at: at }).where('hash', '=', hash).execute();
}

/** With all its tokens. */
export async function deleteRefreshFamily(
  db: Kysely<AuthTables>,
  family: { id: string; tenant: string },
): Promise<void> {
  await db.deleteFrom('refresh_family').where('id', '=', family.id).where('tenant', '=', family.tenant).execute();
}

export async function deleteRefreshFamiliesOf(db: Kysely<AuthTables>, tenant: string): Promise<void> {
  await db.deleteFrom('refresh_family').where('tenant', '=', tenant).execute();
}

/** Tokens of the family that would be refused anyway. */
export async function deleteExpiredTokens(db: Kysely<AuthTables>, family: string, now: Date): Promise<void> {
  await db.deleteFrom('refresh_token').where('family', '=', family).where('expires_at', '<', now).execute();
}

/** Logins that nobody refreshed for the life of a token. */
export async function deleteExpiredFamilies(db: Kysely<AuthTables>, tenant: string, now: Date): Promise<void> {
  await db.deleteFrom('refresh_family').where('tenant', '=', tenant).where('expires_at', '<', now).execute();
}
