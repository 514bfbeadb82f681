/** How many attempts a receiver, and this process on its behalf, get through in a time. Pure. */
export interface Throughput {
  /** Now and then, with all that have ended so far. */
  look(nowMs: number, ended: number, isBusy: boolean): void;
  within(ms: number): number;
}

/** Of a new look, beside all before. */
const weight = 1 / 4;
const shortestLookMs = 10;

export function createThroughput(): Throughput {
  let perMs = 0;
  let last: { atMs: number; ended: number } | undefined;
  return {
    look(nowMs, ended, isBusy) {
      const tookMs = nowMs - (last?.atMs ?? nowMs);
      if (last !== undefined && tookMs < shortestLookMs) return;
      const seen = tookMs === 0 ? 0 : (ended - last!.ended) / tookMs;
      last = { atMs: nowMs, ended };
      // Who had nothing left to do could have done more.
      perMs = isBusy ? perMs + (seen - perMs) * weight : Math.max(perMs, seen);
    },
    within: (ms) => perMs * ms,
  };
}
