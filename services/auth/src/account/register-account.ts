import type { AccountEvent, BodyOf, RejectionBody, register } from '@wam/contracts';
import type { Account } from './account.ts';
import type { AccountStore } from './account-store.ts';
import type { PasswordHasher } from './password-hash.ts';
import { prepareRegistration } from './registration.ts';

export interface RegisterAccountDeps {
  accounts: AccountStore;
  hasher: PasswordHasher;
  defaultPlan: string;
  now: () => Date;
  newAccountId: () => string;
  newEventId: () => string;
  /** Called after the commit. */
  onRegistered: (event: AccountEvent) => void;
}

/** Stores a new account together with the event that tells the others. */
export async function registerAccount(
  { email, password, username }: BodyOf<typeof register>,
  requestId: string,
  deps: RegisterAccountDeps,
): Promise<Account | RejectionBody> {
  const registration = prepareRegistration({ email, ...(username === undefined ? {} : { username }) });
  if ('code' in registration) return registration;
  const account: Account = {
    ...registration,
    id: deps.newAccountId(),
    passwordHash: await deps.hasher.hash(password),
    plan: deps.defaultPlan,
    createdAt: deps.now(),
  };
  const event = accountRegistered(account, deps.newEventId(), requestId);
  if ((await deps.accounts.add(account, event)) === 'email-taken') return { code: 'EMAIL_TAKEN', param: 'email' };
  deps.onRegistered(event);
  return account;
}

const accountRegistered = (account: Account, id: string, requestId: string): AccountEvent => ({
  id,
  type: 'AccountRegistered',
  v: 1,
  version: 1,
  tenant: account.id,
  at: account.createdAt.toISOString(),
  correlationId: requestId,
  causationId: requestId,
  data: { accountId: account.id, plan: account.plan },
});
