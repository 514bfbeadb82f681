/** What the connection reports becomes history here. Facts about a session that is gone, or that repeat, change nothing. */
import type { DisconnectCause } from '@wam/contracts';
import type { ReconnectDecision } from './reconnect-policy.ts';
import { isLive, type SessionFact, type SessionState } from './session-state.ts';

export type ConnectionFact =
  /** The engine that had the session stopped or died; another one has it now and logs in again. */
  | { kind: 'interrupted' }
  /** Engines of another pool had it; this one, of that pool, has it now. */
  | { kind: 'moved'; pool: string }
  | { kind: 'qr-issued'; expiresAt: string }
  | { kind: 'paired'; phone: string; lid?: string }
  | { kind: 'opened'; phone: string }
  | { kind: 'closed'; cause: DisconnectCause; statusCode?: number; next: ReconnectDecision };

export function recordConnectionFact(sessionId: string, fact: ConnectionFact, state: SessionState): SessionFact[] {
  if (!isLive(state)) return [];
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
