import type { Account } from '../account/account.ts';
import { accessTokenClaims, signAccessToken, type TokenSigner } from './access-token.ts';

export interface IssueTokenDeps {
  signer: () => Promise<TokenSigner>;
  ttlMs: number;
  nowMs: () => number;
  newTokenId: () => string;
}

/** @returns the compact JWT a client sends as `Authorization: Bearer`. */
export const issueToken = async (account: Account, deps: IssueTokenDeps): Promise<string> =>
  signAccessToken(
    accessTokenClaims(account, {
      nowSeconds: Math.floor(deps.nowMs() / 1000),
      ttlSeconds: Math.floor(deps.ttlMs / 1000),
      jti: deps.newTokenId(),
    }),
    await deps.signer(),
  );
