import type { Scope } from '../operation.ts';

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

/** Claims of the ticket for the event feed: EdDSA by the same keys, header `typ` {@link eventsTicketType}. Opens nothing but the feed. */
export interface EventsTicketClaims {
  iss: string;
  aud: string;
  /** Account id = tenant. */
  sub: string;
  /** Id of the API key it was asked for with; absent for a logged-in user. No e-mail: tickets stand in addresses. */
  key?: string;
  scopes: readonly Scope[];
  mode: 'live' | 'test';
  /** As of an access token. */
  gen: number;
  iat: number;
  /** By when a connection must be opened with it. */
  exp: number;
  jti: string;
  /** When a connection opened with it ends, in seconds as `exp`. */
  until: number;
}
export const eventsTicketAudience = 'wamessenger-events';
export const eventsTicketType = 'events-ticket+jwt';
