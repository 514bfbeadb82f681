import type { BodyOf, logOut, RejectionBody } from '@wam/contracts';
import { lockAccount } from '../account/account-table.ts';
import type { Caller } from '../change/caller.ts';
import type { CommitChange } from '../change/commit-change.ts';
import { endAllLogins } from './end-all-logins.ts';
import { hashRefreshToken } from './refresh-token.ts';
import { deleteRefreshFamily, findRefreshToken } from './refresh-token-table.ts';

/**
 * Ends the login that the refresh token belongs to; its access token goes on until it expires. `everywhere` ends all logins and access
 * tokens. A token that is unknown or somebody else's ends nothing and is no error (RFC 7009, 2.2).
 */
export async function endLogin(
  { refreshToken, everywhere = false }: BodyOf<typeof logOut>,
  { tenant, cause }: Caller,
  { commitChange }: { commitChange: CommitChange },
): Promise<RejectionBody | undefined> {
  if (refreshToken === undefined && !everywhere) {
    const message = 'Name the login to end by its refreshToken, or set everywhere to true';
    return { code: 'VALIDATION_FAILED', param: 'refreshToken', message };
  }
  return commitChange(cause, async (change) => {
    const { trx, audit } = change;
    const account = await lockAccount(trx, tenant);
    if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
    if (everywhere) await endAllLogins(change, account);
    else if (refreshToken !== undefined) {
      const token = await findRefreshToken(trx, hashRefreshToken(refreshToken));
      if (token?.tenant !== tenant) return undefined;
      await deleteRefreshFamily(trx, { id: token.family, tenant });
    }
    await audit(tenant, 'account.logged-out', { details: { everywhere } });
    return undefined;
  });
}
