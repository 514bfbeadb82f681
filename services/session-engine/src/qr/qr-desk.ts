/** The QR code of one session that can be scanned at the moment. It lives here only: whoever has it can take the session. */
import type { Clock } from '@wam/service-kit';

export interface CurrentQr {
  code: string;
  expiresAt: string;
}
export interface QrDesk {
  issue(code: string, validForMs: number): CurrentQr;
  clear(): void;
  /** Wakes whoever waits although no code came, for example because the session connected. */
  wake(): void;
  current(): CurrentQr | undefined;
  /** Resolves with a code that can be scanned, or with nothing when woken or after the time. */
  wait(timeoutMs: number): Promise<CurrentQr | undefined>;
}

export function createQrDesk(clock: Clock): QrDesk {
  let held: (CurrentQr & { untilMs: number }) | undefined;
  const waiters = new Set<() => void>();
  const wake = (): void => {
    for (const waiter of [...waiters]) waiter();
  };
  const current = (): CurrentQr | undefined => {
    if (!held || held.untilMs <= clock.monotonicMs()) return undefined;
    return { code: held.code, expiresAt: held.expiresAt };
  };
  return {
    issue(code, validForMs) {
      const expiresAt = new Date(clock.now() + validForMs).toISOString();
      held = { code, expiresAt, untilMs: clock.monotonicMs() + validForMs };
      wake();
      return { code, expiresAt };
    },
    clear() {
      held = undefined;
      wake();
    },
    wake,
    current,
    wait(timeoutMs) {
      const now = current();
      if (now || timeoutMs <= 0) return Promise.resolve(now);
      return new Promise((resolve) => {
        const done = (): void => {
          timer.cancel();
          waiters.delete(done);
          resolve(current());
        };
        const timer = clock.setTimeout(done, timeoutMs);
        waiters.add(done);
      });
    },
  };
}
