import type { Account } from '../account/account.ts';
import { updateAccount } from '../account/account-table.ts';
import type { Change } from '../change/commit-change.ts';

/** Every access token of the account issued so far is refused, as soon as the gateways hear of it. @returns the account after it */
export async function endAccessTokens({ trx, tell }: Change, account: Account): Promise<Account> {
  const tokenGeneration = account.tokenGeneration + 1;
  await updateAccount(trx, account.id, { tokenGeneration });
  await tell(account.id, { type: 'TokensRevoked', data: { accountId: account.id, generation: tokenGeneration } });
  return { ...account, tokenGeneration };
}
