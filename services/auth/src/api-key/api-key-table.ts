import type { Scope } from '@wam/contracts';
import { type Kysely, type Selectable, type SqlExecutor, sql, unnestRows } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import type { ApiKey } from './api-key.ts';

export async function insertApiKey(db: Kysely<AuthTables>, key: ApiKey, hash: Buffer): Promise<void> {
  await db
    .insertInto('api_key')
    .values({
      id: key.id,
      tenant: key.tenant,
      name: key.name,
      mode: key.mode,
      scopes: [...key.scopes],
      prefix: key.prefix,
      hash,
      created_at: key.createdAt,
      last_used_at: key.lastUsedAt,
    })
    .execute();
}

/** Oldest first. */
export async function readApiKeys(db: Kysely<AuthTables>, tenant: string): Promise<ApiKey[]> {
  const rows = await db.selectFrom('api_key').selectAll().where('tenant', '=', tenant).orderBy('id').execute();
  return rows.map(apiKeyOf);
}

export async function countApiKeys(db: Kysely<AuthTables>, tenant: string): Promise<number> {
  const { count } = await db
    .selectFrom('api_key')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow();
  return count;
}

export interface KeyOnPlan {
  key: ApiKey;
  /** Of its account. */
  plan: string;
}
const keysOnPlans = (db: Kysely<AuthTables>) =>
  db
    .selectFrom('api_key')
    .innerJoin('account', 'account.id', 'api_key.tenant')
    .selectAll('api_key')
    .select('account.plan as plan');

export async function findApiKeyByHash(db: Kysely<AuthTables>, hash: Buffer): Promise<KeyOnPlan | undefined> {
  const row = await keysOnPlans(db).where('api_key.hash', '=', hash).executeTakeFirst();
  return row && { key: apiKeyOf(row), plan: row.plan };
}
export async function findApiKeyById(
  db: Kysely<AuthTables>,
  { tenant, keyId }: { tenant: string; keyId: string },
): Promise<KeyOnPlan | undefined> {
  const row = await keysOnPlans(db)
    .where('api_key.tenant', '=', tenant)
    .where('api_key.id', '=', keyId)
    .executeTakeFirst();
  return row && { key: apiKeyOf(row), plan: row.plan };
}

/** @returns the deleted key, undefined when the account has none of this id */
export async function deleteApiKey(db: Kysely<AuthTables>, tenant: string, keyId: string): Promise<ApiKey | undefined> {
  const row = await db
    .deleteFrom('api_key')
    .where('tenant', '=', tenant)
    .where('id', '=', keyId)
    .returningAll()
    .executeTakeFirst();
  return row && apiKeyOf(row);
}

export async function updateLastUsed(db: SqlExecutor, uses: readonly { keyId: string; usedAt: Date }[]): Promise<void> {
  const rows = uses.map(({ keyId, usedAt }) => ({ id: keyId, used_at: usedAt }));
  await sql`
    update api_key set last_used_at = greatest(last_used_at, uses.used_at)
    from ${unnestRows({ id: 'text', used_at: 'timestamptz' }, rows, 'uses')}
    where api_key.id = uses.id`.execute(db);
}

const apiKeyOf = (row: Omit<Selectable<AuthTables['api_key']>, 'hash'>): ApiKey => ({
  id: row.id,
  tenant: row.tenant,
  name: row.name,
  mode: row.mode,
  scopes: row.scopes as Scope[],
  prefix: row.prefix,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
});
