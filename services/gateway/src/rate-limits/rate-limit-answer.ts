import type { RejectionBody } from '@wam/contracts';
import type { FastifyReply } from 'fastify';
import type { Verdict } from './limiter.ts';

/** As the public documentation names them; Reset in seconds since 1970. */
export function showVerdict(reply: FastifyReply, { limit, remaining, resetMs }: Verdict, nowMs: number): void {
  reply
    .header('x-ratelimit-limit', limit)
    .header('x-ratelimit-remaining', remaining)
    .header('x-ratelimit-reset', Math.ceil((nowMs + resetMs) / 1000));
}

export function rateLimited({ limit, resetMs }: Verdict): RejectionBody {
  const retryAfterSeconds = Math.max(1, Math.ceil(resetMs / 1000));
  return {
    code: 'RATE_LIMITED',
    message: `Rate limit exceeded; try again in ${describeWait(retryAfterSeconds)}`,
    details: { limit, retryAfterSeconds },
  };
}

/** Rounded up: whoever comes back then is let in. */
const describeWait = (seconds: number): string =>
  seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
