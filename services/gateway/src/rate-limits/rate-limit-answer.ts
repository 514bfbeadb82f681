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

export const rateLimited = ({ limit, resetMs }: Verdict): RejectionBody => ({
  code: 'RATE_LIMITED',
  details: { limit, retryAfterSeconds: Math.max(1, Math.ceil(resetMs / 1000)) },
});
