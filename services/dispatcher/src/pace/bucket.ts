/**
 * How often something may happen: a token bucket in the form of the generic cell rate algorithm (ITU-T I.371), which needs one number,
 * the time at which the bucket would be full again. Pure; whole milliseconds, so that sums are exact.
 */
export interface Limit {
  /** Time in which one token grows; 0 is no limit. */
  spacingMs: number;
  /** Tokens that a full bucket holds. */
  burst: number;
}

const minuteMs = 60_000;

/** Never more than `perMinute` in any 60 s: a burst and what grows in a minute, together. */
export function limitPerMinute(perMinute: number, wishedBurst = 1): Limit {
  const burst = Math.min(wishedBurst, perMinute);
  return { burst, spacingMs: Math.ceil(minuteMs / (perMinute - burst + 1)) };
}

/** Tokens there are now. */
export function tokensAt(nowMs: number, fullAtMs: number, { spacingMs, burst }: Limit): number {
  if (spacingMs === 0) return Number.MAX_SAFE_INTEGER;
  const missing = Math.max(0, fullAtMs - nowMs) / spacingMs;
  return Math.max(0, Math.floor(burst - missing));
}

/** When there is a token again, if nobody takes any. */
export const nextTokenAt = (fullAtMs: number, { spacingMs, burst }: Limit): number =>
  fullAtMs - (burst - 1) * spacingMs;

/**
 * When the bucket is full again after its tokens were taken, one per entry of `stretches`: by how much each of the pauses is longer than
 * it had to be, 0 for not at all.
 */
export function fullAgainAt(nowMs: number, fullAtMs: number, limit: Limit, stretches: readonly number[]): number {
  const pauses = stretches.map((stretch) => Math.ceil(limit.spacingMs * (1 + stretch)));
  return Math.max(nowMs, fullAtMs) + pauses.reduce((sum, pause) => sum + pause, 0);
}
