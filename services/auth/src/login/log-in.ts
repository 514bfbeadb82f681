import type { BodyOf, login, RejectionBody } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { findAccountByEmail, lockAccount } from '../account/account-table.ts';
import { normaliseEmail } from '../account/email.ts';
import type { PasswordHasher } from '../account/password-hash.ts';
import type { CommitChange } from '../change/commit-change.ts';
import type { AuthTables } from '../storage/schema.ts';
import { type Login, type OpenLoginDeps, openLogin } from './open-login.ts';

export interface LogInDeps extends OpenLoginDeps {
  db: Kysely<AuthTables>;
  commitChange: CommitChange;
  hasher: PasswordHasher;
  /** Must return at once: the answer for a known account may not come later than for an unknown one. */
  onFailed: (accountId: string, requestId: string) => void;
}

/** An unknown e-mail and a wrong password take the same time and get the same words, so that accounts cannot be guessed. */
export async function logIn(
  { email, password }: BodyOf<typeof login>,
  requestId: string,
  deps: LogInDeps,
): Promise<Login | RejectionBody> {
  const known = await findAccountByEmail(deps.db, normaliseEmail(email));
  const matches = await deps.hasher.matches(password, known?.passwordHash);
  if (known === undefined) return { code: 'INVALID_CREDENTIALS' };
  if (!matches) {
    deps.onFailed(known.id, requestId);
    return { code: 'INVALID_CREDENTIALS' };
  }
  return deps.commitChange({ actor: 'user', requestId }, async ({ trx, audit }) => {
    const account = await lockAccount(trx, known.id);
    // The password was changed while its hash was computed: who knew the old one must not slip in behind the change.
    if (account?.passwordHash !== known.passwordHash) return { code: 'INVALID_CREDENTIALS' };
    await audit(account.id, 'account.logged-in');
    return openLogin(trx, account, deps);
  });
}
