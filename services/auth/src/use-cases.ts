/** The use cases with what they need, so that handlers only translate. */
import type { AccountEvent, Principal } from '@wam/contracts';
import { type Clock, type IdSource, newLoneUlid } from '@wam/service-kit';
import { databaseOfTenant, type Kysely } from '@wam/service-kit/postgres';
import type { Account } from './account/account.ts';
import { accountByEmail } from './account/account-by-email.ts';
import type { PasswordHasher } from './account/password-hash.ts';
import { registerAccount } from './account/register-account.ts';
import { changeProfile, showAccount } from './account/show-account.ts';
import { addApiKey, removeApiKey, showApiKeys } from './api-key/manage-api-keys.ts';
import { verifyApiKey } from './api-key/verify-api-key.ts';
import { pageAudit } from './audit/list-audit.ts';
import type { Caller } from './change/caller.ts';
import { createCommitChange } from './change/commit-change.ts';
import { beginOnce } from './idempotency/begin-once.ts';
import type { SealedAnswers } from './idempotency/sealed-answers.ts';
import { settleOnce } from './idempotency/settle-once.ts';
import { replacePassword } from './login/change-password.ts';
import { logIn } from './login/log-in.ts';
import { endLogin } from './login/log-out.ts';
import { refreshLogin } from './login/refresh-login.ts';
import { resetPassword } from './login/reset-password.ts';
import { changePlan } from './plan/change-plan.ts';
import type { PlanCatalogue } from './plan/plan-catalogue.ts';
import { readEntitlements } from './plan/read-entitlements.ts';
import { changePool } from './pool/change-pool.ts';
import { createHoldMessages } from './quota/hold-messages.ts';
import { createMessageQuota } from './quota/reserve-messages.ts';
import { authorizeSession } from './session-limit/authorize-session.ts';
import type { Keyring } from './signing-key/keyring.ts';
import type { AuthTables } from './storage/schema.ts';
import { issueEventsTicket } from './token/events-ticket.ts';
import { issueToken } from './token/issue-token.ts';

export interface UseCaseDeps {
  db: Kysely<AuthTables>;
  clock: Clock;
  ids: IdSource;
  catalogue: PlanCatalogue;
  defaultPlan: string;
  hasher: PasswordHasher;
  keyring: Keyring;
  answers: SealedAnswers;
  /** How long an Idempotency-Key stands for its request. */
  keepKeysMs: number;
  accessTokenTtlMs: number;
  /** Called after the commit. */
  publish: (event: AccountEvent) => void;
  onLoginFailed: (accountId: string, requestId: string) => void;
  onPasswordRefused: (accountId: string, requestId: string) => void;
  onKeyUsed: (keyId: string) => void;
  catchUpSessions: (tenant: string) => Promise<boolean>;
}
export type AuthUseCases = ReturnType<typeof composeUseCases>;

export function composeUseCases(deps: UseCaseDeps) {
  const { db, clock, ids, catalogue, hasher, keyring } = deps;
  const now = () => new Date(clock.now());
  const given = {
    catalogue,
    hasher,
    answers: deps.answers,
    keepMs: deps.keepKeysMs,
    now,
    newId: ids.ulid,
    newOnceId: newLoneUlid,
    newFamilyId: ids.uuid,
    newAccountId: ids.uuid,
    defaultPlan: deps.defaultPlan,
    onFailed: deps.onLoginFailed,
    onRefused: deps.onPasswordRefused,
    onUsed: deps.onKeyUsed,
    catchUp: deps.catchUpSessions,
  };
  const on = (database: Kysely<AuthTables>) => ({
    ...given,
    db: database,
    commitChange: createCommitChange({ db: database, now, newId: ids.ulid, publish: deps.publish }),
  });
  const onAll = on(db);
  type Deps = typeof onAll;
  /** Before it is known whose request it is, for operators, and on the way of every message, where no round trip is spent on the wall. */
  const ofAll =
    <Args extends unknown[], R>(useCase: (...args: [...Args, Deps]) => R) =>
    (...args: Args): R =>
      useCase(...args, onAll);
  /** With a database that shows and takes rows of the account only that the last argument names. */
  const ofAccount =
    <Args extends [...unknown[], { tenant: string }], R>(useCase: (...args: [...Args, Deps]) => R) =>
    (...args: Args): R =>
      useCase(...args, on(databaseOfTenant(db, (args.at(-1) as { tenant: string }).tenant)));
  const issuing = { signer: keyring.signer, ttlMs: deps.accessTokenTtlMs, nowMs: clock.now, newTokenId: ids.uuid };
  const quota = createMessageQuota({ db, catalogue, nowMs: clock.now });
  return {
    register: ofAll(registerAccount),
    logIn: ofAll(logIn),
    refreshLogin: ofAll(refreshLogin),
    endLogin: ofAccount(endLogin),
    replacePassword: ofAccount(replacePassword),
    issueToken: (account: Account) => issueToken(account, issuing),
    issueEventsTicket: ofAccount((principal: Principal & Pick<Caller, 'generation'>, { db: own }: Deps) =>
      issueEventsTicket(principal, { db: own, ...issuing }),
    ),
    showAccount: ofAccount(showAccount),
    changeProfile: ofAccount(changeProfile),
    pageAudit: ofAccount(pageAudit),
    addApiKey: ofAccount(addApiKey),
    showApiKeys: ofAccount(showApiKeys),
    removeApiKey: ofAccount(removeApiKey),
    verifyApiKey: ofAll(verifyApiKey),
    readEntitlements: ofAll(readEntitlements),
    accountByEmail: ofAll(accountByEmail),
    changePlan: ofAll(changePlan),
    changePool: ofAll(changePool),
    resetPassword: ofAll(resetPassword),
    reserveMessages: quota.reserve,
    releaseMessages: quota.release,
    holdMessages: createHoldMessages({ db, catalogue, nowMs: clock.now }),
    beginOnce: ofAll(beginOnce),
    settleOnce: ofAll(settleOnce),
    authorizeSession: ofAccount(authorizeSession),
    publishedKeys: keyring.published,
    rotateSigningKey: keyring.rotate,
  };
}
