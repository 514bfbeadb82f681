/** One limit of time for many things that begin one after another: one timer for all of them. */
export interface Timed {
  onDeadline(): void;
}
export interface Deadlines {
  add(timed: Timed): void;
  /** Before its time, or nothing happens. */
  remove(timed: Timed): void;
}

export function createDeadlines(limitMs: number): Deadlines {
  /** Oldest first. */
  const endsAtMs = new Map<Timed, number>();
  let timer: NodeJS.Timeout | undefined;

  function expire(): void {
    timer = undefined;
    const nowMs = performance.now();
    for (const [timed, atMs] of endsAtMs) {
      if (atMs > nowMs) {
        timer = setTimeout(expire, Math.ceil(atMs - nowMs));
        return;
      }
      endsAtMs.delete(timed);
      timed.onDeadline();
    }
  }
  return {
    add(timed) {
      endsAtMs.set(timed, performance.now() + limitMs);
      // It may run out for one that has gone: then it is set for the oldest that is left.
      if (timer === undefined) timer = setTimeout(expire, limitMs);
      else if (endsAtMs.size === 1) timer.ref();
    },
    remove(timed) {
      endsAtMs.delete(timed);
      // Nothing to wait for: the process may end.
      if (endsAtMs.size === 0) timer?.unref();
    },
  };
}
