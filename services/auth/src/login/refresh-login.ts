import type { RejectionBody } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { lockAccount } from '../account/account-table.ts';
import type { CommitChange } from '../change/commit-change.ts';
import type { AuthTables } from '../storage/schema.ts';
import { endAccessTokens } from './end-access-tokens.ts';
import type { Login } from './open-login.ts';
import { hashRefreshToken, judgeRefreshToken, newRefreshToken, refreshTokenTtlMs } from './refresh-token.ts';
import {
  deleteExpiredTokens,
  deleteRefreshFamily,
  findRefreshToken,
  insertRefreshToken,
  spendRefreshToken,
} from './refresh-token-table.ts';

export interface RefreshLoginDeps {
  db: Kysely<AuthTables>;
  commitChange: CommitChange;
  now: () => Date;
}

/**
 * Exchanges a refresh token for the next one of its family. A second use ends the family and all access tokens of the account, since
 * nobody can tell which of the two users is the thief; the account's other logins refresh and go on.
 */
export async function refreshLogin(
  refreshToken: string,
  requestId: string,
  { db, commitChange, now }: RefreshLoginDeps,
): Promise<Login | RejectionBody> {
  const hash = hashRefreshToken(refreshToken);
  const tenant = (await findRefreshToken(db, hash))?.tenant;
  if (tenant === undefined) return { code: 'INVALID_REFRESH_TOKEN' };
  return commitChange({ actor: 'anonymous', requestId }, async (change) => {
    const { trx, audit } = change;
    const account = await lockAccount(trx, tenant);
    const stored = await findRefreshToken(trx, hash);
    const at = now();
    const verdict = judgeRefreshToken(stored, at);
    if (account === undefined || stored === undefined) return { code: 'INVALID_REFRESH_TOKEN' };
    if (verdict === 'reused') {
      await deleteRefreshFamily(trx, { id: stored.family, tenant });
      await endAccessTokens(change, account);
      await audit(tenant, 'refresh-token.reused', { subject: stored.family });
    }
    if (verdict !== 'good') return { code: 'INVALID_REFRESH_TOKEN' };
    await spendRefreshToken(trx, hash, at);
    await deleteExpiredTokens(trx, stored.family, at);
    const next = newRefreshToken();
    await insertRefreshToken(trx, {
      hash: hashRefreshToken(next),
      family: stored.family,
      expiresAt: new Date(at.getTime() + refreshTokenTtlMs),
    });
    return { account, refreshToken: next };
  });
}
