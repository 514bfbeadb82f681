/** How a phone gets linked: by a code to scan, or by one to type on it. Whoever asks waits for it. */
import type { SessionStatus } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import type { CurrentQr } from '../qr/qr-desk.ts';
import type { PairingCode, SessionConnection } from './session-connection.ts';
import { awaitsPhone, isLinked, isLive, type SessionState, statusOf } from './session-state.ts';

export type PairingCodeOutcome =
  | ({ kind: 'code' } & PairingCode)
  /** A phone is linked already. */
  | { kind: 'linked' }
  | { kind: 'gone' }
  /** WhatsApp did not offer to link a phone in time. */
  | { kind: 'unavailable' };

export interface PhoneLinking {
  /** The code to scan, waiting for one if it is about to come. */
  qr(timeoutMs: number): Promise<{ status: SessionStatus; qr: CurrentQr | undefined } | undefined>;
  /** A code to type on that phone, connecting first when nothing does. */
  pairingCode(phone: string, timeoutMs: number): Promise<PairingCodeOutcome>;
}
export interface PhoneLinkingPorts {
  connection: Pick<SessionConnection, 'qr' | 'pairingCode'>;
  clock: Clock;
  /** Resolves when the state is known. */
  load(): Promise<void>;
  state(): SessionState;
  /** Somebody wants to link a phone, and nothing offers to. */
  connect(): Promise<void>;
  onError(error: unknown): void;
}

export function createPhoneLinking({
  connection,
  clock,
  load,
  state,
  connect,
  onError,
}: PhoneLinkingPorts): PhoneLinking {
  return {
    async qr(timeoutMs) {
      await load();
      const found = state();
      if (found.kind === 'disconnected' && found.cause === 'qr-timeout') await connect();
      const deadline = clock.monotonicMs() + timeoutMs;
      for (;;) {
        const now = state();
        if (!isLive(now)) return undefined;
        const current = connection.qr.current();
        const remainingMs = deadline - clock.monotonicMs();
        // The code may be on offer a moment before the log says so.
        if (current && awaitsPhone(now)) return { status: 'pending', qr: current };
        if (!awaitsPhone(now) || remainingMs <= 0) return { status: statusOf(now), qr: undefined };
        await connection.qr.wait(remainingMs);
      }
    },
    async pairingCode(phone, timeoutMs) {
      await load();
      const found = state();
      if (!isLinked(found) && (found.kind === 'disconnected' || found.kind === 'error')) await connect();
      const deadline = clock.monotonicMs() + timeoutMs;
      for (;;) {
        const now = state();
        if (!isLive(now)) return { kind: 'gone' };
        if (isLinked(now)) return { kind: 'linked' };
        // Possible from the first QR code on (protocol reference, section 2).
        const asked = await connection.pairingCode(phone).catch((error) => {
          onError(error);
          return 'refused' as const;
        });
        if (asked === 'refused') return { kind: 'unavailable' };
        if (asked) return { kind: 'code', ...asked };
        const remainingMs = deadline - clock.monotonicMs();
        if (remainingMs <= 0) return { kind: 'unavailable' };
        await connection.qr.wait(remainingMs);
      }
    },
  };
}
