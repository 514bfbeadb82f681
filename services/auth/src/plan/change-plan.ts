import type { PlanSet, RejectionBody, SetPlan } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { accountByEmail } from '../account/account-by-email.ts';
import { lockAccount, updateAccount } from '../account/account-table.ts';
import type { CommitChange } from '../change/commit-change.ts';
import type { AuthTables } from '../storage/schema.ts';
import type { PlanCatalogue } from './plan-catalogue.ts';

export interface ChangePlanDeps {
  db: Kysely<AuthTables>;
  commitChange: CommitChange;
  catalogue: PlanCatalogue;
}

/**
 * Moves an account to another plan, on behalf of the operator. What the account has above a smaller plan's limits stays; it gets no more.
 * Setting the plan it has already changes nothing and tells nobody.
 */
export async function changePlan(
  request: SetPlan,
  requestId: string,
  { db, commitChange, catalogue }: ChangePlanDeps,
): Promise<PlanSet | RejectionBody> {
  const to = request.plan;
  if (!catalogue.has(to)) {
    const message = `There is no plan ${to}; choose one of ${catalogue.ids.join(', ')}`;
    return { code: 'VALIDATION_FAILED', param: 'plan', message };
  }
  const found = 'accountId' in request ? request : await accountByEmail(request.email, { db });
  if ('code' in found) return found;
  const { accountId } = found;
  return commitChange({ actor: 'operator', requestId }, async ({ trx, tell, audit }) => {
    const account = await lockAccount(trx, accountId);
    if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
    const { plan: from } = account;
    if (from !== to) {
      await updateAccount(trx, accountId, { plan: to });
      await audit(accountId, 'plan.changed', { subject: accountId, details: { from, to } });
      await tell(accountId, { type: 'PlanChanged', data: { accountId, from, to } });
    }
    return { accountId, from, to };
  });
}
