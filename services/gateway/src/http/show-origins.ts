/**
 * CORS (https://fetch.spec.whatwg.org/#http-cors-protocol): tells browsers that pages of an allowed origin may ask and read. Without credentials
 * mode: a page sets its token in a header itself, and no cookie means anything here.
 */
import { idempotentReplayedHeader, staleAnswerHeader } from '@wam/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedOrigins } from './allowed-origins.ts';

/** @returns whether it was the question of a browser before its request (a preflight), which is answered with that */
export type ShowOrigins = (request: FastifyRequest, reply: FastifyReply) => boolean;

/** What pages may read besides the few that browsers always show. */
const exposedHeaders = [
  'X-Request-Id',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
  idempotentReplayedHeader.name,
  staleAnswerHeader.name,
].join(', ');
/** In seconds; the most that Chromium keeps an answer for. */
const preflightMaxAge = 7_200;

export function createShowOrigins({ allows }: Pick<AllowedOrigins, 'allows'>, methods: readonly string[]): ShowOrigins {
  const allowedMethods = [...new Set(methods)].sort().join(', ');
  return ({ method, headers }, reply) => {
    reply.header('vary', 'Origin');
    const { origin } = headers;
    if (origin === undefined || !allows(origin)) return false;
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', exposedHeaders);
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
    // Whatever headers the page has: of those that mean something here none means more from a page than from a program.
    reply.headers({
      vary: 'Origin, Access-Control-Request-Headers',
      'access-control-allow-methods': allowedMethods,
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
      'access-control-max-age': preflightMaxAge,
    });
    void reply.code(204).send();
    return true;
  };
}
