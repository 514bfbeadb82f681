/** When a call is sent again. Pure. */

export interface RetryRules {
  /** How often a call is sent again at most. */
  retries: number;
  /** Longest time between two tries. */
  longestDelayMs: number;
  /** A `Retry-After` beyond it is not waited for. */
  longestAskedMs: number;
}
export const defaultRetryRules: RetryRules = { retries: 3, longestDelayMs: 30_000, longestAskedMs: 30_000 };

/** How a try ended. Without a status there was no answer at all. */
export interface FailedTry {
  status?: number | undefined;
  code?: string | undefined;
  /** The header as it came. */
  retryAfter?: string | null | undefined;
}

const firstDelayMs = 250;
/** What passes by itself: too many requests, and what proxies and gateways answer when a server is away. */
const passingStatuses: readonly number[] = [429, 502, 503, 504];
/** Used up for the day: hours to wait, whatever the header says. */
const lastingCodes: readonly string[] = ['DAILY_LIMIT_REACHED'];

/**
 * @param tries how many there have been, from 1
 * @param random 0 to 1
 * @returns milliseconds to wait before the next try; undefined when there is none
 */
export function retryDelayMs(
  failed: FailedTry,
  tries: number,
  random: number,
  { retries, longestDelayMs, longestAskedMs }: RetryRules = defaultRetryRules,
): number | undefined {
  if (tries > retries || !passes(failed)) return undefined;
  // Full jitter: clients that failed together do not come back together.
  const backoffMs = random * Math.min(longestDelayMs, firstDelayMs * 2 ** (tries - 1));
  const askedMs = Number(failed.retryAfter ?? 0) * 1000;
  if (!(askedMs > 0)) return backoffMs;
  return askedMs > longestAskedMs ? undefined : Math.max(backoffMs, askedMs + random * firstDelayMs);
}

function passes({ status, code }: FailedTry): boolean {
  if (status === undefined || code === 'IDEMPOTENCY_IN_PROGRESS') return true;
  return passingStatuses.includes(status) && !lastingCodes.includes(code ?? '');
}
