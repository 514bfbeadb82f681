/** What the connection reports becomes history here. Facts about a session that is gone, or that repeat, change nothing. */
import type { DisconnectCause } from '@wam/contracts';
import type { ReconnectDecision } from './reconnect-policy.ts';
import { isLive, type LiveSessionState, type SessionFact, type SessionState } from './session-state.ts';

export type ConnectionFact =
  /** The engine that had the session stopped or died; another one has it now and logs in again. */
  | { kind: 'interrupted' }
  /** Engines of another pool had it; this one, of that pool, has it now. */
  | { kind: 'moved'; pool: string }
  | { kind: 'qr-issued'; expiresAt: string }
  | { kind: 'paired'; phone: string; lid?: string }
  | { kind: 'opened'; phone: string }
  /** By WhatsApp's word; without `until` by a refusal whose end nobody could be asked for. */
  | { kind: 'restricted'; until?: string; at: string }
  | { kind: 'unrestricted' }
  | { kind: 'closed'; cause: DisconnectCause; statusCode?: number; next: ReconnectDecision };

/** Restrictions of a day are the usual ones; each further message to a stranger makes them longer. */
const unknownRestrictionMs = 24 * 3_600_000;

export function recordConnectionFact(sessionId: string, fact: ConnectionFact, state: SessionState): SessionFact[] {
  if (!isLive(state)) return [];
  // Said by the connection that was ended meanwhile; the next one begins with SessionConnecting.
  if (state.kind === 'disconnected' && state.cause === 'requested' && isOfConnection(fact)) return [];
  switch (fact.kind) {
    case 'interrupted':
      if (state.kind !== 'connected') return [];
      return [{ type: 'SessionReconnecting', data: { sessionId, cause: 'shutdown', attempt: 1, delayMs: 0 } }];
    case 'moved':
      if (state.pool === fact.pool) return [];
      return [{ type: 'SessionMoved', data: { sessionId, from: state.pool, to: fact.pool } }];
    case 'qr-issued':
      return [{ type: 'SessionQrIssued', data: { sessionId, expiresAt: fact.expiresAt } }];
    case 'paired': {
      const { phone, lid } = fact;
      if (state.phone === phone) return [];
      return [{ type: 'SessionPaired', data: { sessionId, phone, ...(lid === undefined ? {} : { lid }) } }];
    }
    case 'opened':
      if (state.kind === 'connected') return [];
      return [{ type: 'SessionConnected', data: { sessionId, phone: fact.phone } }];
    case 'restricted': {
      // A guess prolongs nothing.
      if (fact.until === undefined && state.restrictedUntil !== undefined) return [];
      if (fact.until !== undefined && fact.until <= fact.at) return liftRestriction(sessionId, state);
      const until = fact.until ?? new Date(Date.parse(fact.at) + unknownRestrictionMs).toISOString();
      return state.restrictedUntil === until ? [] : [{ type: 'SessionRestricted', data: { sessionId, until } }];
    }
    case 'unrestricted':
      return liftRestriction(sessionId, state);
    case 'closed': {
      const why = {
        sessionId,
        cause: fact.cause,
        ...(fact.statusCode === undefined ? {} : { statusCode: fact.statusCode }),
      };
      const { next } = fact;
      if (next.kind === 'reconnect') {
        // 515 is a step of pairing, and a fresh QR socket a step of waiting for the scan: neither is an outage.
        if (fact.cause === 'restart-required' || fact.cause === 'qr-timeout') return [];
        return [{ type: 'SessionReconnecting', data: { ...why, attempt: next.attempt, delayMs: next.delayMs } }];
      }
      if (state.kind === 'disconnected' || state.kind === 'error') return [];
      return [{ type: next.as === 'error' ? 'SessionFailed' : 'SessionDisconnected', data: why }];
    }
    default: {
      const unknown: never = fact;
      throw new Error(`Unknown connection fact ${JSON.stringify(unknown)}`);
    }
  }
}

const liftRestriction = (sessionId: string, { restrictedUntil }: LiveSessionState): SessionFact[] =>
  restrictedUntil === undefined ? [] : [{ type: 'SessionUnrestricted', data: { sessionId } }];

const isOfConnection = ({ kind }: ConnectionFact): boolean =>
  kind === 'qr-issued' || kind === 'paired' || kind === 'opened' || kind === 'closed';
