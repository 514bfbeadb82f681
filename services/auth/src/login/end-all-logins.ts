import type { Account } from '../account/account.ts';
import type { Change } from '../change/commit-change.ts';
import { endAccessTokens } from './end-access-tokens.ts';
import { deleteRefreshFamiliesOf } from './refresh-token-table.ts';

/** Every login and access token of the account, whoever has them. @returns the account after it */
export async function endAllLogins(change: Change, account: Account): Promise<Account> {
  await deleteRefreshFamiliesOf(change.trx, account.id);
  return endAccessTokens(change, account);
}
