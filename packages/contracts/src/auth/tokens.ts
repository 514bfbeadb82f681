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
}
export const accessTokenIssuer = 'wamessenger';
export const accessTokenAudience = 'wamessenger-api';
