import type { AccountEvent } from '@wam/contracts';
import { inTransaction, isUniqueViolation, type Kysely, type Selectable } from '@wam/service-kit/postgres';
import { insertIntoOutbox } from '../outbox/outbox-table.ts';
import type { AuthTables } from '../storage/schema.ts';
import type { Account } from './account.ts';
import type { NormalisedEmail } from './email.ts';

export interface AccountStore {
  /** Stores the account and its event together. @returns 'email-taken' when another account has this e-mail. */
  add(account: Account, event: AccountEvent): Promise<'added' | 'email-taken'>;
  findByEmail(email: NormalisedEmail): Promise<Account | undefined>;
}

export function createAccountStore(db: Kysely<AuthTables>): AccountStore {
  return {
    async add(account, event) {
      try {
        await inTransaction(db, async (trx) => {
          await trx.insertInto('account').values(rowOf(account)).execute();
          await insertIntoOutbox(trx, event);
        });
        return 'added';
      } catch (error) {
        if (isUniqueViolation(error, 'account_email_unique')) return 'email-taken';
        throw error;
      }
    },
    async findByEmail(email) {
      const row = await db.selectFrom('account').selectAll().where('email', '=', email).executeTakeFirst();
      return row && accountOf(row);
    },
  };
}

const rowOf = (account: Account): Selectable<AuthTables['account']> => ({
  id: account.id,
  email: account.email,
  password_hash: account.passwordHash,
  username: account.username,
  plan: account.plan,
  created_at: account.createdAt,
});
const accountOf = (row: Selectable<AuthTables['account']>): Account => ({
  id: row.id,
  email: row.email as NormalisedEmail,
  passwordHash: row.password_hash,
  username: row.username,
  plan: row.plan,
  createdAt: row.created_at,
});
