import { randomBytes } from 'node:crypto';
import type { PasswordReset, RejectionBody, ResetPassword } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { accountByEmail } from '../account/account-by-email.ts';
import { lockAccount, updateAccount } from '../account/account-table.ts';
import type { PasswordHasher } from '../account/password-hash.ts';
import type { CommitChange } from '../change/commit-change.ts';
import type { AuthTables } from '../storage/schema.ts';
import { endAllLogins } from './end-all-logins.ts';

export interface ResetPasswordDeps {
  db: Kysely<AuthTables>;
  commitChange: CommitChange;
  hasher: PasswordHasher;
}

/** 144 bits in 24 characters. */
const passwordBytes = 18;

/**
 * A new password for an account whose owner has lost the old one, on behalf of the operator, who hands it over. Shown this once. Ends every login
 * and access token, as changing it does; API keys go on.
 */
export async function resetPassword(
  { email }: ResetPassword,
  requestId: string,
  { db, commitChange, hasher }: ResetPasswordDeps,
): Promise<PasswordReset | RejectionBody> {
  const found = await accountByEmail(email, { db });
  if ('code' in found) return found;
  const { accountId } = found;
  const password = randomBytes(passwordBytes).toString('base64url');
  const passwordHash = await hasher.hash(password);
  return commitChange({ actor: 'operator', requestId }, async (change) => {
    const { trx, audit } = change;
    const account = await lockAccount(trx, accountId);
    if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
    await updateAccount(trx, accountId, { passwordHash });
    await endAllLogins(change, account);
    await audit(accountId, 'account.password-reset', { subject: accountId });
    return { accountId, email: account.email, password };
  });
}
