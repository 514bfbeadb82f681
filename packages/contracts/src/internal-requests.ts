/** Requests between services that are no HTTP endpoints (`req.<service>.<name>`). Same request and reply shapes as operations. */
import type { Network } from './subjects.ts';

export const internalRequests = {
  /** auth: -> body {@link JwksReply} */
  jwks: 'jwks',
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
