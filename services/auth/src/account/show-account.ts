import type { AccountView, BodyOf, RejectionBody, updateMe } from '@wam/contracts';
import { endOfLocalDay, isTimeZone, localDayAt } from '@wam/service-kit';
import type { Kysely } from '@wam/service-kit/postgres';
import type { Caller } from '../change/caller.ts';
import type { PlanCatalogue } from '../plan/plan-catalogue.ts';
import { readUsage } from '../quota/usage-table.ts';
import { countSessions } from '../session-limit/session-owner-table.ts';
import type { AuthTables } from '../storage/schema.ts';
import { findAccount, updateAccount } from './account-table.ts';
import { accountView } from './account-view.ts';

export interface ShowAccountDeps {
  db: Kysely<AuthTables>;
  catalogue: PlanCatalogue;
  now: () => Date;
}

export async function showAccount(
  { tenant }: Caller,
  { db, catalogue, now }: ShowAccountDeps,
): Promise<AccountView | RejectionBody> {
  const account = await findAccount(db, tenant);
  if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
  const at = now();
  const [usage, sessions] = await Promise.all([
    readUsage(db, tenant, localDayAt(at.getTime(), account.timeZone)),
    countSessions(db, tenant, { now: at }),
  ]);
  const resetsAt = new Date(endOfLocalDay(usage.day, account.timeZone));
  return accountView(account, { sessions, messagesToday: usage.used, resetsAt }, catalogue);
}

/** What is left out stays. A blank name is no name. */
export async function changeProfile(
  { username, timeZone }: BodyOf<typeof updateMe>,
  caller: Caller,
  deps: ShowAccountDeps,
): Promise<AccountView | RejectionBody> {
  const name = username?.trim();
  if (name === '') return { code: 'VALIDATION_FAILED', param: 'username', message: 'username must not be blank' };
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    const message = 'timeZone must be an IANA time zone such as Asia/Kolkata';
    return { code: 'VALIDATION_FAILED', param: 'timeZone', message };
  }
  await updateAccount(deps.db, caller.tenant, {
    ...(name === undefined ? {} : { username: name }),
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return showAccount(caller, deps);
}
