/** What an attempt means, by Standard Webhooks: 2xx is success, everything else is failure, redirects too. Pure. */
import type { AttemptOutcome } from '../network/send-attempt.ts';

export interface Verdict {
  /** gone: the receiver wants no more of this, ever (410). */
  result: 'delivered' | 'failed' | 'gone';
  /** The receiver, or what stands before it, is overloaded. */
  overloaded: boolean;
  /** It asked to be left alone for that long. */
  retryAfterMs?: number;
  /** Why it failed, for people. */
  error: string | null;
}

const overloadStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** A receiver may ask for more; its deliveries would outlive their schedule. */
const maxRetryAfterMs = 10 * 3_600_000;

export function judgeAttempt(outcome: AttemptOutcome, nowMs: number): Verdict {
  if (outcome.kind === 'failed') return { result: 'failed', overloaded: false, error: outcome.reason };
  const { httpStatus } = outcome;
  if (httpStatus >= 200 && httpStatus < 300) return { result: 'delivered', overloaded: false, error: null };
  if (httpStatus === 410) return { result: 'gone', overloaded: false, error: 'The receiver answered 410 Gone' };
  const retryAfterMs = parseRetryAfter(outcome.retryAfter, nowMs);
  return {
    result: 'failed',
    overloaded: overloadStatuses.has(httpStatus),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    error:
      httpStatus >= 300 && httpStatus < 400
        ? `The receiver answered ${httpStatus}; redirects are not followed`
        : `The receiver answered ${httpStatus}`,
  };
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3). */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) || waitMs <= 0 ? undefined : Math.min(waitMs, maxRetryAfterMs);
}
