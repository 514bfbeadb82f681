import { type AccessTokenClaims, accessTokenAudience, accessTokenIssuer } from '@wam/contracts';
import { type CryptoKey, SignJWT } from 'jose';
import type { Account } from '../account/account.ts';

export const accessTokenAlgorithm = 'EdDSA';
/** RFC 9068: keeps a token of another kind from being taken for an access token. */
export const accessTokenType = 'at+jwt';

export interface TokenSigner {
  kid: string;
  privateKey: CryptoKey;
}

/** What the token of an account says. Pure. */
export const accessTokenClaims = (
  account: Account,
  { nowSeconds, ttlSeconds, jti }: { nowSeconds: number; ttlSeconds: number; jti: string },
): AccessTokenClaims => ({
  iss: accessTokenIssuer,
  aud: accessTokenAudience,
  sub: account.id,
  email: account.email,
  plan: account.plan,
  iat: nowSeconds,
  exp: nowSeconds + ttlSeconds,
  jti,
  gen: account.tokenGeneration,
});

export const signAccessToken = (claims: AccessTokenClaims, { kid, privateKey }: TokenSigner): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: accessTokenAlgorithm, typ: accessTokenType, kid })
    .sign(privateKey);
