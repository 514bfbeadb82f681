/** How far the read models are, in this process, for those who wait for it. */
import type { Clock } from '@wam/service-kit';

export interface Progress {
  readonly seq: number;
  /** The rows hold the effect of everything up to `seq`. */
  report(seq: number): void;
  /** What was reported may be undone: a crash of the server takes the last transactions. Until the next report the checkpoint is asked. */
  forget(): void;
  /** Nobody here will report any more, and nobody elsewhere either: waiting is pointless until `resume`. */
  halt(): void;
  /** Whether somebody in this process reports. Otherwise the checkpoint is asked, as long as somebody waits. */
  setReporting(reporting: boolean): void;
  /** Resolves when `seq` is reached, or after `timeoutMs`, or at once when halted. Answers whether it is reached. */
  waitFor(seq: number, timeoutMs: number): Promise<boolean>;
  readonly isAwaited: boolean;
  readonly isReporting: boolean;
  /** Called when somebody begins to wait. */
  onWait(listener: (() => void) | undefined): void;
}
export interface ProgressOptions {
  /** Position of the projector, wherever it runs. */
  readCheckpoint: () => Promise<number>;
  clock: Clock;
  /** Pause between two looks at the checkpoint. Default 5 ms: one primary-key read, only while somebody waits. */
  pollIntervalMs?: number;
}

interface Waiter {
  seq: number;
  resolve: (reached: boolean) => void;
}

export function createProgress({ readCheckpoint, clock, pollIntervalMs = 5 }: ProgressOptions): Progress {
  const waiters = new Set<Waiter>();
  let seq = 0;
  let reporting = false;
  let halted = false;
  let polling = false;
  let noticeWait: (() => void) | undefined;

  function report(reached: number): void {
    seq = Math.max(seq, reached);
    for (const waiter of waiters) if (waiter.seq <= seq) settle(waiter, true);
  }
  function settle(waiter: Waiter, reached: boolean): void {
    waiters.delete(waiter);
    waiter.resolve(reached);
  }
  async function poll(): Promise<void> {
    if (polling) return;
    polling = true;
    try {
      while (waiters.size > 0 && !reporting) {
        // A database that does not answer shows in the query itself; here it only means no news.
        report(await readCheckpoint().catch(() => 0));
        if (waiters.size > 0) await clock.sleep(pollIntervalMs);
      }
    } finally {
      polling = false;
    }
  }

  return {
    get seq() {
      return seq;
    },
    report(reached) {
      halted = false;
      report(reached);
    },
    forget() {
      seq = 0;
    },
    halt() {
      halted = true;
      for (const waiter of waiters) settle(waiter, false);
    },
    setReporting(value) {
      reporting = value;
      // `poll` never rejects.
      if (!reporting && waiters.size > 0) void poll();
    },
    get isReporting() {
      return reporting;
    },
    get isAwaited() {
      return waiters.size > 0;
    },
    onWait(listener) {
      noticeWait = listener;
    },
    async waitFor(wanted, timeoutMs) {
      if (wanted <= seq) return true;
      if (halted) return false;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const waiter: Waiter = { seq: wanted, resolve };
      waiters.add(waiter);
      noticeWait?.();
      const timer = clock.setTimeout(() => settle(waiter, false), timeoutMs);
      if (!reporting) void poll();
      try {
        return await promise;
      } finally {
        timer.cancel();
      }
    },
  };
}
