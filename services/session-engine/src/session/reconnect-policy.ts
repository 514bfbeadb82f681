/** What to do when a connection ended. Pure: time and randomness are arguments. Causes: protocol reference, section 6. */
import type { DisconnectCause } from '@wam/contracts';

export type ReconnectDecision =
  | { kind: 'reconnect'; attempt: number; delayMs: number }
  /** `disconnected` waits for somebody to act; `error` means that connecting again is pointless as things are. */
  | { kind: 'stop'; as: 'disconnected' | 'error' };

export interface ClosedConnection {
  cause: DisconnectCause;
  /** Consecutive failures before this one; 0 after a connection that held. */
  failures: number;
  /** Uniform in [0, 1): spreads the reconnects of many sessions after one outage. */
  random: number;
  /** For how long QR codes have been offered without a scan. */
  unscannedMs: number;
}

const firstDelayMs = 500;
const longestDelayMs = 60_000;
/** Codes are renewed for this long; then nobody is there to scan. */
export const qrPatienceMs = 10 * 60_000;
/** A connection that held this long ends the series of failures. */
export const stableAfterMs = 30_000;

/** Exponential with equal jitter: half of the delay is fixed, half random. */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures, 16));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

export function decideReconnect({ cause, failures, random, unscannedMs }: ClosedConnection): ReconnectDecision {
  const attempt = failures + 1;
  switch (cause) {
    case 'restart-required':
      // The server asks for it after pairing; a server that never stops asking must not make a busy loop.
      return { kind: 'reconnect', attempt, delayMs: failures < 3 ? 0 : backoffMs(failures, random) };
    case 'qr-timeout':
      return unscannedMs < qrPatienceMs
        ? { kind: 'reconnect', attempt, delayMs: 0 }
        : { kind: 'stop', as: 'disconnected' };
    case 'connection-lost':
    case 'connection-refused':
    case 'unresponsive':
    case 'server-unavailable':
    case 'unknown':
      return { kind: 'reconnect', attempt, delayMs: backoffMs(failures, random) };
    case 'replaced':
      // Two owners of one account throw each other out for ever; only a person knows which one should stay.
      return { kind: 'stop', as: 'disconnected' };
    case 'logged-out':
    case 'requested':
    case 'shutdown':
      return { kind: 'stop', as: 'disconnected' };
    case 'banned':
    case 'client-outdated':
      return { kind: 'stop', as: 'error' };
    default: {
      const unknown: never = cause;
      throw new Error(`Unknown cause ${String(unknown)}`);
    }
  }
}

const untoldInterruptionMs = 1_000;

/**
 * Whether a session that changes owners is said to be reconnecting. `released`: its last owner served it until it was handed over, so that
 * it has been without a connection for no longer than the new owner had it; an update of all engines would else be told of each session.
 */
export function isInterruption(takeover: { released: boolean; withoutConnectionMs: number }): boolean {
  return !takeover.released || takeover.withoutConnectionMs >= untoldInterruptionMs;
}
