import type { Clock } from '@wam/service-kit';

/** Clients of the feed say little: who they are, what they want, that they are there. */
const maxFrames = 120;
const windowMs = 60_000;

/** Of one connection. @returns whether one more frame is within what a client may send */
export function createFrameBudget(clock: Pick<Clock, 'monotonicMs'>): () => boolean {
  let frames = 0;
  let sinceMs = clock.monotonicMs();
  return () => {
    const now = clock.monotonicMs();
    if (now - sinceMs > windowMs) {
      frames = 0;
      sinceMs = now;
    }
    frames += 1;
    return frames <= maxFrames;
  };
}
