import type { BodyOf, changePassword, RejectionBody } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { findAccount, lockAccount, updateAccount } from '../account/account-table.ts';
import type { PasswordHasher } from '../account/password-hash.ts';
import type { Caller } from '../change/caller.ts';
import type { CommitChange } from '../change/commit-change.ts';
import type { AuthTables } from '../storage/schema.ts';
import { endAllLogins } from './end-all-logins.ts';
import { type Login, type OpenLoginDeps, openLogin } from './open-login.ts';

export interface ChangePasswordDeps extends OpenLoginDeps {
  db: Kysely<AuthTables>;
  commitChange: CommitChange;
  hasher: PasswordHasher;
  /** Whoever has a login and not its password may be guessing it. Returns at once. */
  onRefused: (accountId: string, requestId: string) => void;
}

/** Ends every login and access token, whoever has them; the answer's pair is the only good one afterwards. */
export async function replacePassword(
  { currentPassword, newPassword }: BodyOf<typeof changePassword>,
  { tenant, cause }: Caller,
  deps: ChangePasswordDeps,
): Promise<Login | RejectionBody> {
  const known = await findAccount(deps.db, tenant);
  if (known === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
  const wrong: RejectionBody = { code: 'WRONG_PASSWORD', param: 'currentPassword' };
  if (!(await deps.hasher.matches(currentPassword, known.passwordHash))) {
    deps.onRefused(tenant, cause.requestId);
    return wrong;
  }
  const passwordHash = await deps.hasher.hash(newPassword);
  return deps.commitChange(cause, async (change) => {
    const { trx, audit } = change;
    const account = await lockAccount(trx, tenant);
    // Another change came first: the password that was verified is not the current one any more.
    if (account?.passwordHash !== known.passwordHash) return wrong;
    await updateAccount(trx, tenant, { passwordHash });
    const renewed = await endAllLogins(change, { ...account, passwordHash });
    await audit(tenant, 'account.password-changed');
    return openLogin(trx, renewed, deps);
  });
}
