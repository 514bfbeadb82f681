import type { Kysely, Selectable } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import type { Account } from './account.ts';
import type { NormalisedEmail } from './email.ts';

export const accountEmailConstraint = 'account_email_unique';

export async function insertAccount(db: Kysely<AuthTables>, account: Account): Promise<void> {
  await db
    .insertInto('account')
    .values({
      id: account.id,
      email: account.email,
      password_hash: account.passwordHash,
      username: account.username,
      plan: account.plan,
      pool: account.pool,
      created_at: account.createdAt,
      time_zone: account.timeZone,
      token_generation: account.tokenGeneration,
      // The first event makes it 1.
      version: 0,
    })
    .execute();
}

export async function findAccount(db: Kysely<AuthTables>, accountId: string): Promise<Account | undefined> {
  const row = await db.selectFrom('account').selectAll().where('id', '=', accountId).executeTakeFirst();
  return row && accountOf(row);
}

export async function findAccountByEmail(db: Kysely<AuthTables>, email: NormalisedEmail): Promise<Account | undefined> {
  const row = await db.selectFrom('account').selectAll().where('email', '=', email).executeTakeFirst();
  return row && accountOf(row);
}

/**
 * As it is now; nobody else changes it, its logins or what counts against its plan before the transaction ends. Taken before any other
 * lock. `no key`, so that rows that refer to the account can be inserted meanwhile.
 */
export async function lockAccount(trx: Kysely<AuthTables>, accountId: string): Promise<Account | undefined> {
  const row = await trx
    .selectFrom('account')
    .selectAll()
    .where('id', '=', accountId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row && accountOf(row);
}

export async function updateAccount(
  db: Kysely<AuthTables>,
  accountId: string,
  change: Partial<Pick<Account, 'passwordHash' | 'username' | 'plan' | 'pool' | 'timeZone' | 'tokenGeneration'>>,
): Promise<void> {
  const columns = {
    ...(change.passwordHash === undefined ? {} : { password_hash: change.passwordHash }),
    ...(change.username === undefined ? {} : { username: change.username }),
    ...(change.plan === undefined ? {} : { plan: change.plan }),
    ...(change.pool === undefined ? {} : { pool: change.pool }),
    ...(change.timeZone === undefined ? {} : { time_zone: change.timeZone }),
    ...(change.tokenGeneration === undefined ? {} : { token_generation: change.tokenGeneration }),
  };
  if (Object.keys(columns).length > 0)
    await db.updateTable('account').set(columns).where('id', '=', accountId).execute();
}

/** Version of the account's next event. Locks the row: versions follow the order of commits. */
export async function nextAccountVersion(trx: Kysely<AuthTables>, accountId: string): Promise<number> {
  const row = await trx
    .updateTable('account')
    .set((set) => ({ version: set('version', '+', 1) }))
    .where('id', '=', accountId)
    .returning('version')
    .executeTakeFirstOrThrow();
  return row.version;
}

const accountOf = (row: Selectable<AuthTables['account']>): Account => ({
  id: row.id,
  email: row.email as NormalisedEmail,
  passwordHash: row.password_hash,
  username: row.username,
  plan: row.plan,
  pool: row.pool,
  timeZone: row.time_zone,
  tokenGeneration: row.token_generation,
  createdAt: row.created_at,
});
