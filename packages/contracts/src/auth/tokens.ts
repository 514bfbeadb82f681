/** Claims of the access token: EdDSA, header `typ: at+jwt` (RFC 9068), verified by the gateway against the JWKS. */
export interface AccessTokenClaims {
  iss: string;
  aud: string;
  /** Account id = tenant. */
  sub: string;
  email: string;
  plan: string;
  iat: number;
  exp: number;
  jti: string;
  /** {@link EntitlementsReply.tokenGeneration} at the time of issue. Refused as soon as the account's is higher. */
  gen: number;
}
export const accessTokenIssuer = 'wamessenger';
export const accessTokenAudience = 'wamessenger-api';
