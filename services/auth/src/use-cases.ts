/** The use cases with what they need, so that handlers only translate. */
import type { AccountEvent, Principal } from '@wam/contracts';
import type { Clock, IdSource } from '@wam/service-kit';
import type { Kysely } from '@wam/service-kit/postgres';
import type { Account } from './account/account.ts';
import { accountByEmail } from './account/account-by-email.ts';
import type { PasswordHasher } from './account/password-hash.ts';
import { registerAccount } from './account/register-account.ts';
import { changeProfile, showAccount } from './account/show-account.ts';
import { addApiKey, removeApiKey, showApiKeys } from './api-key/manage-api-keys.ts';
import { verifyApiKey } from './api-key/verify-api-key.ts';
import { pageAudit } from './audit/list-audit.ts';
import { createCommitChange } from './change/commit-change.ts';
import { beginOnce } from './idempotency/begin-once.ts';
import type { SealedAnswers } from './idempotency/sealed-answers.ts';
import { settleOnce } from './idempotency/settle-once.ts';
import { replacePassword } from './login/change-password.ts';
import { logIn } from './login/log-in.ts';
import { endLogin } from './login/log-out.ts';
import { refreshLogin } from './login/refresh-login.ts';
import { changePlan } from './plan/change-plan.ts';
import type { PlanCatalogue } from './plan/plan-catalogue.ts';
import { readEntitlements } from './plan/read-entitlements.ts';
import { changePool } from './pool/change-pool.ts';
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
  onKeyUsed: (keyId: string) => void;
  catchUpSessions: (tenant: string) => Promise<void>;
}
export type AuthUseCases = ReturnType<typeof composeUseCases>;

export function composeUseCases(deps: UseCaseDeps) {
  const { db, clock, ids, catalogue, hasher, keyring } = deps;
  const now = () => new Date(clock.now());
  const all = {
    db,
    commitChange: createCommitChange({ db, now, newId: ids.ulid, publish: deps.publish }),
    catalogue,
    hasher,
    answers: deps.answers,
    keepMs: deps.keepKeysMs,
    now,
    newId: ids.ulid,
    newFamilyId: ids.uuid,
    newAccountId: ids.uuid,
    defaultPlan: deps.defaultPlan,
    onFailed: deps.onLoginFailed,
    onUsed: deps.onKeyUsed,
    catchUp: deps.catchUpSessions,
  };
  const given =
    <Args extends unknown[], R>(useCase: (...args: [...Args, typeof all]) => R) =>
    (...args: Args): R =>
      useCase(...args, all);
  const issuing = { signer: keyring.signer, ttlMs: deps.accessTokenTtlMs, nowMs: clock.now, newTokenId: ids.uuid };
  const quota = createMessageQuota({ db, catalogue, nowMs: clock.now });
  return {
    register: given(registerAccount),
    logIn: given(logIn),
    refreshLogin: given(refreshLogin),
    endLogin: given(endLogin),
    replacePassword: given(replacePassword),
    issueToken: (account: Account) => issueToken(account, issuing),
    issueEventsTicket: (principal: Principal) => issueEventsTicket(principal, { db, ...issuing }),
    showAccount: given(showAccount),
    changeProfile: given(changeProfile),
    pageAudit: given(pageAudit),
    addApiKey: given(addApiKey),
    showApiKeys: given(showApiKeys),
    removeApiKey: given(removeApiKey),
    verifyApiKey: given(verifyApiKey),
    readEntitlements: given(readEntitlements),
    accountByEmail: given(accountByEmail),
    changePlan: given(changePlan),
    changePool: given(changePool),
    reserveMessages: quota.reserve,
    releaseMessages: quota.release,
    beginOnce: given(beginOnce),
    settleOnce: given(settleOnce),
    authorizeSession: given(authorizeSession),
    publishedKeys: keyring.published,
    rotateSigningKey: keyring.rotate,
  };
}
