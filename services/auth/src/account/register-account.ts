import type { BodyOf, RejectionBody, register } from '@wam/contracts';
import { isUniqueViolation } from '@wam/service-kit/postgres';
import type { CommitChange } from '../change/commit-change.ts';
import { type Login, type OpenLoginDeps, openLogin } from '../login/open-login.ts';
import { type Account, defaultTimeZone, firstTokenGeneration } from './account.ts';
import { accountEmailConstraint, insertAccount } from './account-table.ts';
import type { PasswordHasher } from './password-hash.ts';
import { prepareRegistration } from './registration.ts';

export interface RegisterAccountDeps extends OpenLoginDeps {
  commitChange: CommitChange;
  hasher: PasswordHasher;
  defaultPlan: string;
  now: () => Date;
  newAccountId: () => string;
}

/** Stores a new account together with its first login, the event that tells the others, and the audit entry. */
export async function registerAccount(
  { email, password, username }: BodyOf<typeof register>,
  requestId: string,
  deps: RegisterAccountDeps,
): Promise<Login | RejectionBody> {
  const registration = prepareRegistration({ email, ...(username === undefined ? {} : { username }) });
  if ('code' in registration) return registration;
  const account: Account = {
    ...registration,
    id: deps.newAccountId(),
    passwordHash: await deps.hasher.hash(password),
    plan: deps.defaultPlan,
    pool: null,
    timeZone: defaultTimeZone,
    tokenGeneration: firstTokenGeneration,
    createdAt: deps.now(),
  };
  const { id, plan } = account;
  try {
    return await deps.commitChange({ actor: 'user', requestId }, async ({ trx, tell, audit }) => {
      await insertAccount(trx, account);
      await tell(id, { type: 'AccountRegistered', data: { accountId: id, plan } });
      await audit(id, 'account.registered', { subject: id, details: { plan } });
      return openLogin(trx, account, deps);
    });
  } catch (error) {
    if (isUniqueViolation(error, accountEmailConstraint)) return { code: 'EMAIL_TAKEN', param: 'email' };
    throw error;
  }
}
