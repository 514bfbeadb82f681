import type { AccountOfEmail, RejectionBody } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import { findAccountByEmail } from './account-table.ts';
import { normaliseEmail } from './email.ts';

/** Whose e-mail it is, in any spelling. For services, never for callers: they must not learn which e-mails have accounts. */
export async function accountByEmail(
  email: string,
  { db }: { db: Kysely<AuthTables> },
): Promise<AccountOfEmail | RejectionBody> {
  const account = await findAccountByEmail(db, normaliseEmail(email));
  if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND', message: 'No account has this e-mail' };
  return { accountId: account.id, email: account.email, plan: account.plan };
}
