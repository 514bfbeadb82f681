import { hash } from 'node:crypto';
import type { ErrorCode, OperationDefinition, ServiceReply } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import { addressKey } from '../rate-limits/client-address.ts';
import type { LoginAttempt, LoginLimits } from '../rate-limits/login-limits.ts';
import { rateLimited, showVerdict } from '../rate-limits/rate-limit-answer.ts';
import { ApiError } from './api-error.ts';

/** For operations with `rateLimit: 'auth'`: the tighter limits, and what the outcome means for them. */
export interface LoginGuard {
  /** After validation, since the account is in the body. */
  before: preHandlerAsyncHookHandler;
  settle(request: FastifyRequest, outcome: ServiceReply): Promise<void>;
}
export type GuardLogins = (operation: OperationDefinition) => LoginGuard | undefined;

/** What a wrong password is answered with. */
const wrongPassword: readonly ErrorCode[] = ['INVALID_CREDENTIALS', 'WRONG_PASSWORD'];

interface CountedAttempt extends LoginAttempt {
  guess: boolean;
}

export const createLoginGuards =
  ({ limits, clock }: { limits: LoginLimits; clock: Clock }): GuardLogins =>
  (operation) => {
    if (operation.rateLimit !== 'auth') return undefined;
    const checksPassword = operation.errors.some((code) => wrongPassword.includes(code));
    const attempts = new WeakMap<FastifyRequest, CountedAttempt>();
    return {
      async before(request, reply) {
        const attempt = { address: addressKey(request.ip), account: accountOf(request) };
        const verdict = await limits.count(attempt);
        showVerdict(reply, verdict, clock.now());
        if (!verdict.allowed) throw ApiError.of(rateLimited(verdict));
        const guess = checksPassword ? await limits.countGuess(attempt) : undefined;
        if (guess?.allowed === false) throw ApiError.of(rateLimited(guess));
        attempts.set(request, { ...attempt, guess: guess !== undefined });
      },
      async settle(request, outcome) {
        const attempt = attempts.get(request);
        if (attempt === undefined) return;
        if (!outcome.ok && wrongPassword.includes(outcome.code)) return;
        if (attempt.guess) await limits.forgive(attempt);
        if (outcome.ok && checksPassword) await limits.remember(attempt);
      },
    };
  };

/** Of the account that is tried, in the spelling that auth compares. Hashed: counters are no place for e-mails. */
function accountOf({ body, caller }: FastifyRequest): string {
  const { email, refreshToken } = body as { email?: string; refreshToken?: string };
  const actor = caller?.principal.actor;
  const given = actor?.kind === 'user' ? actor.email : email;
  const name = given?.normalize('NFKC').trim().toLowerCase() ?? refreshToken ?? '';
  return hash('sha256', name, 'base64url');
}
