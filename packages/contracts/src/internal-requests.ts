/** Requests between services that are no HTTP endpoints (`req.<service>.<name>`). Same request and reply shapes as operations. */
import type { Scope } from './operation.ts';
import type { Network } from './subjects.ts';

export const internalRequests = {
  /** auth: -> body {@link JwksReply} */
  jwks: 'jwks',
  /** auth: params {accountId} -> body {@link EntitlementsReply}, or ACCOUNT_NOT_FOUND. */
  entitlements: 'entitlements',
  /** auth: body {hash: hex SHA-256 of the whole key} -> body {@link VerifiedApiKey}, or UNAUTHORIZED. */
  verifyApiKey: 'verifyApiKey',
  /** auth: body {@link ReserveMessages} -> body {@link ReservedMessages}, or DAILY_LIMIT_REACHED with details {limit, used, resetsAt}. All or nothing. */
  reserveMessages: 'reserveMessages',
  /** auth: body {@link ReserveMessages}: gives back what was reserved and not accepted. */
  releaseMessages: 'releaseMessages',
  /** auth: body {accountId, plan} -> PlanChanged. For the operator's CLI; no principal. */
  setPlan: 'setPlan',
  /** analytics: params {sessionId}, principal -> body {@link SessionRouteReply}, or SESSION_NOT_FOUND. Waits for the head of the log on a miss. */
  sessionRoute: 'sessionRoute',
  /** analytics: principal -> body {sessionId} of the oldest connected session, or SESSION_NOT_CONNECTED. */
  defaultSession: 'defaultSession',
} as const;

export interface JwksReply {
  keys: Record<string, unknown>[];
}
/** What the gateway needs to address a session. It never changes while the session exists. */
export interface SessionRouteReply {
  sessionId: string;
  network: Network;
  pool: string;
}
/** What an account may do now; cached by gateways until an account event or a minute has passed. */
export interface EntitlementsReply {
  plan: string;
  features: readonly string[];
  sessions: number;
  messagesPerDay: number;
  timeZone: string;
  /** Access tokens issued before this instant are refused. */
  tokensValidAfter: string;
}
export interface VerifiedApiKey {
  keyId: string;
  name: string;
  tenant: string;
  scopes: readonly Scope[];
  mode: 'live' | 'test';
}
export interface ReserveMessages {
  tenant: string;
  count: number;
}
export interface ReservedMessages {
  limit: number;
  used: number;
  /** UTC instant at which the day of the account ends. */
  resetsAt: string;
}
