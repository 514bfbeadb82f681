import { hash } from 'node:crypto';
import {
  type BegunOnce,
  internalRequests,
  type RejectionBody,
  type ServiceReply,
  type SettledOnce,
} from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import type { AskAuth } from '../authenticate/ask-auth.ts';
import { type Attempt, attemptOf } from './attempt.ts';
import { outcomeOf } from './outcome-of.ts';

export interface KeyedRequest {
  tenant: string;
  key: string;
  fingerprint: string;
  /** Longest time the operation takes; whoever is not back after it is given up. */
  leaseMs: number;
}
export interface OnceReply {
  reply: ServiceReply;
  /** It is the answer of an earlier or of another request. */
  replayed: boolean;
}
/** Carries a request out unless one under its key has been, and answers alike. Never rejects unless `carryOut` does. */
export type CarryOutOnce = (
  request: KeyedRequest,
  carryOut: (attempt: Attempt) => Promise<ServiceReply>,
) => Promise<OnceReply>;

export interface CarryOutOnceDeps {
  askAuth: AskAuth;
  clock: Clock;
  logger: Logger;
  /** How long a twin waits for the answer of the first. */
  waitLimitMs: number;
}
interface Running {
  fingerprint: string;
  outcome: Promise<OnceReply>;
}

const firstPauseMs = 50;
const longestPauseMs = 400;
const reused: RejectionBody = { code: 'IDEMPOTENCY_KEY_REUSED', param: 'Idempotency-Key' };
const inProgress = (leftMs: number): OnceReply => ({
  reply: {
    ok: false,
    code: 'IDEMPOTENCY_IN_PROGRESS',
    details: { retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1000)) },
  },
  replayed: false,
});

/**
 * The record of keys is auth's, so that it holds over all gateways and restarts. In memory is only what this gateway carries out at the
 * moment: twins that come here wait for it without asking anybody.
 */
export function createCarryOutOnce({ askAuth, clock, logger, waitLimitMs }: CarryOutOnceDeps): CarryOutOnce {
  const running = new Map<string, Running>();

  async function settle(tenant: string, attempt: Attempt, reply: ServiceReply): Promise<OnceReply> {
    const { idempotencyId, number, unusedMessages } = attempt;
    const body = { tenant, idempotencyId, attempt: number, outcome: outcomeOf(reply), unusedMessages };
    const settled = await askAuth(internalRequests.settleOnce, { body });
    if (!settled.ok) {
      // The answer stands: a repeat is carried out under the same id, after the lease.
      logger.warn({ code: settled.code, idempotencyId }, 'answer to an idempotency key not recorded');
      return { reply, replayed: false };
    }
    const { reply: kept } = settled.body as SettledOnce;
    return { reply: kept ?? reply, replayed: false };
  }
  async function carryOutAndSettle(
    tenant: string,
    attempt: Attempt,
    carryOut: (attempt: Attempt) => Promise<ServiceReply>,
  ): Promise<OnceReply> {
    let reply: ServiceReply;
    try {
      reply = await carryOut(attempt);
    } catch (error) {
      await settle(tenant, attempt, { ok: false, code: 'INTERNAL_ERROR' });
      throw error;
    }
    return settle(tenant, attempt, reply);
  }

  /** Of all requests under one key on this gateway, one asks. */
  async function lead(
    { tenant, key, fingerprint, leaseMs }: KeyedRequest,
    carryOut: (attempt: Attempt) => Promise<ServiceReply>,
  ): Promise<OnceReply> {
    const body = { tenant, keyHash: hash('sha256', key, 'hex'), fingerprint, leaseMs };
    const deadlineMs = clock.monotonicMs() + waitLimitMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const begun = await askAuth(internalRequests.beginOnce, { body });
      if (!begun.ok) return { reply: begun, replayed: false };
      const state = begun.body as BegunOnce;
      if (state.state === 'answered') return { reply: state.reply, replayed: true };
      if (state.state === 'begun')
        return carryOutAndSettle(tenant, attemptOf(state.idempotencyId, state.attempt), carryOut);
      if (clock.monotonicMs() >= deadlineMs) return inProgress(state.leaseLeftMs);
      await clock.sleep(pauseMs);
    }
  }

  async function follow({ outcome }: Running): Promise<OnceReply> {
    const waiting = new AbortController();
    try {
      const late = clock.sleep(waitLimitMs, waiting.signal).then(
        () => inProgress(1_000),
        () => inProgress(1_000),
      );
      const { reply } = await Promise.race([outcome, late]);
      return { reply, replayed: outcomeOf(reply).kind === 'keep' };
    } finally {
      waiting.abort();
    }
  }

  return (request, carryOut) => {
    const name = `${request.tenant}/${request.key}`;
    const known = running.get(name);
    if (known !== undefined)
      return known.fingerprint === request.fingerprint
        ? follow(known)
        : Promise.resolve({ reply: { ok: false, ...reused }, replayed: false });
    const outcome = lead(request, carryOut).finally(() => running.delete(name));
    running.set(name, { fingerprint: request.fingerprint, outcome });
    return outcome;
  };
}
