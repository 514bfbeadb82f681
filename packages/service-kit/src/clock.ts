export interface Timer {
  cancel(): void;
}

/** Time as a port, so that no core code touches globals and tests need not wait. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. For stamps only. */
  now(): number;
  /** Milliseconds from an arbitrary origin, never set back. For every deadline and lease. */
  monotonicMs(): number;
  setTimeout(run: () => void, delayMs: number): Timer;
  /** Rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

function sleepOn(clock: Pick<Clock, 'setTimeout'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout(run, delayMs) {
    const handle = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  sleep: (delayMs, signal) => sleepOn(systemClock, delayMs, signal),
};

/** `Date.prototype.toISOString` of the clock's wall time: the contracts' Instant. */
export const instantOf = (clock: Clock): string => new Date(clock.now()).toISOString();

interface Pending {
  dueMs: number;
  order: number;
  run: () => void;
}

/** A clock that stands still until `advance`. Timers run in order of due time, ties in order of creation. */
export class VirtualClock implements Clock {
  #elapsedMs = 0;
  #order = 0;
  readonly #startedAtMs: number;
  readonly #pending = new Set<Pending>();

  constructor(startedAt: number | string = '2026-01-01T00:00:00.000Z') {
    this.#startedAtMs = new Date(startedAt).getTime();
  }
  now(): number {
    return this.#startedAtMs + this.#elapsedMs;
  }
  monotonicMs(): number {
    return this.#elapsedMs;
  }
  setTimeout(run: () => void, delayMs: number): Timer {
    const entry: Pending = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#pending.add(entry);
    return {
      cancel: () => {
        this.#pending.delete(entry);
      },
    };
  }
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }
  get pendingTimers(): number {
    return this.#pending.size;
  }
  /** Moves time forward, running what falls due on the way; promises settle between timers, so chained sleeps work. */
  async advance(byMs: number): Promise<void> {
    const targetMs = this.#elapsedMs + byMs;
    await settlePromises();
    for (let next = this.#nextDue(targetMs); next !== undefined; next = this.#nextDue(targetMs)) {
      this.#pending.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.run();
      await settlePromises();
    }
    this.#elapsedMs = targetMs;
  }
  #nextDue(limitMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      if (entry.dueMs > limitMs) continue;
      if (!first || entry.dueMs < first.dueMs || (entry.dueMs === first.dueMs && entry.order < first.order))
        first = entry;
    }
    return first;
  }
}

/** setImmediate runs after the microtask queue is empty, however long the promise chain. */
const settlePromises = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
