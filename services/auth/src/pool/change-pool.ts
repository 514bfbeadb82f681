import { dedicatedPoolPattern, type PoolSet, type RejectionBody, type SetPool } from '@wam/contracts';
import { lockAccount, updateAccount } from '../account/account-table.ts';
import type { CommitChange } from '../change/commit-change.ts';

export interface ChangePoolDeps {
  commitChange: CommitChange;
}

const isPoolName = new RegExp(dedicatedPoolPattern);

/**
 * Decides which pool serves the sessions that the account makes from here on, on behalf of the operator. Those it has stay where they are
 * until each is moved. Setting the pool it has already changes nothing and tells nobody.
 */
export async function changePool(
  { accountId, pool: to }: SetPool,
  requestId: string,
  { commitChange }: ChangePoolDeps,
): Promise<PoolSet | RejectionBody> {
  if (to !== null && !isPoolName.test(to)) {
    const message = 'A pool is named by up to 40 small letters, digits and hyphens';
    return { code: 'VALIDATION_FAILED', param: 'pool', message };
  }
  return commitChange({ actor: 'operator', requestId }, async ({ trx, tell, audit }) => {
    const account = await lockAccount(trx, accountId);
    if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
    const { email, pool: from } = account;
    if (from !== to) {
      await updateAccount(trx, accountId, { pool: to });
      await audit(accountId, 'pool.changed', { subject: accountId, details: { from, to } });
      await tell(accountId, { type: 'PoolChanged', data: { accountId, from, to } });
    }
    return { accountId, email, from, to };
  });
}
