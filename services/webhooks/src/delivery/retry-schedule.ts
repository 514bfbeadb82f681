/** When a delivery that failed is tried again: over about 28 hours, so that a receiver may be down for a night and a morning. Pure. */
import type { Random } from '@wam/service-kit';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Before the 1st, 2nd, ... attempt. */
export const attemptDelaysMs = [0, 5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour];
export const maxAttempts = attemptDelaysMs.length;

/** Spreads the retries of many deliveries that failed together. */
const jitter = 0.2;

/**
 * @param attempts made so far, at least 1
 * @returns milliseconds until the next one, undefined when it was the last
 */
export function nextAttemptDelayMs(
  attempts: number,
  retryAfterMs: number | undefined,
  random: Random,
): number | undefined {
  const delayMs = attemptDelaysMs[attempts];
  if (delayMs === undefined) return undefined;
  const spreadMs = delayMs * (1 - jitter / 2 + random.next() * jitter);
  // Asked for: never earlier, and not all at that very instant.
  const asked = retryAfterMs === undefined ? 0 : retryAfterMs * (1 + (random.next() * jitter) / 2);
  return Math.round(Math.max(spreadMs, asked));
}
