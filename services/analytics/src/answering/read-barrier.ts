/**
 * Who has written reads what was written: a query waits until the read models hold every event that the log held when the query
 * came. Bounded, since an old answer is better than none.
 */
import type { Clock } from '@wam/service-kit';
import type { Progress } from '../projecting/progress.ts';

export interface ReadBarrierOptions {
  /** Last sequence of the log, as its leader knows it. */
  readHead: () => Promise<number>;
  progress: Pick<Progress, 'waitFor'>;
  clock: Clock;
  /** For the head and the wait together. */
  timeoutMs: number;
}

/** Answers whether the read models are up to date; false after `timeoutMs`, given here or to the barrier. Never rejects. */
export type ReadBarrier = (timeoutMs?: number) => Promise<boolean>;

export function createReadBarrier({ readHead, progress, clock, timeoutMs: usualMs }: ReadBarrierOptions): ReadBarrier {
  const head = shareNext(readHead);
  return async (timeoutMs = usualMs) => {
    const deadline = clock.monotonicMs() + timeoutMs;
    const late = Promise.withResolvers<undefined>();
    const timer = clock.setTimeout(() => late.resolve(undefined), timeoutMs);
    try {
      const seq = await Promise.race([head().catch(() => undefined), late.promise]);
      return seq !== undefined && (await progress.waitFor(seq, Math.max(0, deadline - clock.monotonicMs())));
    } finally {
      timer.cancel();
    }
  };
}

/**
 * At most one call runs and one waits for it, however many ask. A caller never gets the outcome of a call that began before it
 * asked: that one may have been answered before the caller's own write was stored.
 */
export function shareNext<T>(call: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> | undefined;
  let next: Promise<T> | undefined;
  function begin(): Promise<T> {
    next = undefined;
    const result = call();
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    running = ended;
    void ended.then(() => {
      if (running === ended) running = undefined;
    });
    return result;
  }
  return () => {
    next ??= (running ?? Promise.resolve()).then(begin);
    return next;
  };
}
