import type { OperationDefinition } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Authenticate } from '../authenticate/authenticate.ts';
import type { Identify } from '../authenticate/identify.ts';
import type { Caller } from '../authenticate/identity.ts';
import { authorise } from '../authorise/authorise.ts';
import { feedCredential } from '../doors/feed-credential.ts';
import { addressKey } from '../rate-limits/client-address.ts';
import type { Verdict } from '../rate-limits/limiter.ts';
import { rateLimited, showVerdict } from '../rate-limits/rate-limit-answer.ts';
import type { RequestLimits } from '../rate-limits/request-limits.ts';
import { ApiError } from './api-error.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every operation with `auth: 'account'`, before its body is read. */
    caller: Caller | null;
  }
}

/** What every request passes before its body is read: who asks, how often, and whether the operation is open to them. */
export interface Admission {
  forOperation(operation: OperationDefinition): onRequestAsyncHookHandler;
  /**
   * For requests that no operation takes.
   * @throws ApiError RATE_LIMITED
   */
  countStray(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}
export interface AdmissionDeps {
  authenticate: Authenticate;
  /** For the operations of the legacy API, which an installation may open to everybody. */
  authenticateLegacy: Authenticate;
  /** For the event feed, which also takes tickets. */
  identify: Identify;
  limits: RequestLimits;
  clock: Clock;
}

export function createAdmission({
  authenticate,
  authenticateLegacy,
  identify,
  limits,
  clock,
}: AdmissionDeps): Admission {
  function judge(verdict: Verdict, reply: FastifyReply): void {
    showVerdict(reply, verdict, clock.now());
    if (!verdict.allowed) throw ApiError.of(rateLimited(verdict));
  }
  async function countStray(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    judge(await limits.ofStray(addressKey(request.ip)), reply);
  }
  async function whileCounting(
    request: FastifyRequest,
    reply: FastifyReply,
    identify: () => Caller | Promise<Caller>,
  ): Promise<Caller> {
    try {
      return await identify();
    } catch (error) {
      await countStray(request, reply);
      throw error;
    }
  }
  return {
    countStray,
    forOperation(operation) {
      if (operation.auth === 'public')
        return async (request, reply) => judge(await limits.ofAddress(addressKey(request.ip)), reply);
      const by = operation.legacy === true ? authenticateLegacy : authenticate;
      const callerOf =
        operation.route.via === 'feed'
          ? async (request: FastifyRequest) => (await identify(feedCredential(request))).caller
          : ({ headers }: FastifyRequest) => by(headers);
      return async (request, reply) => {
        const caller = await whileCounting(request, reply, () => callerOf(request));
        judge(await limits.ofCaller(caller), reply);
        const refusal = authorise(operation, caller);
        if (refusal !== undefined) throw ApiError.of(refusal);
        request.caller = caller;
      };
    },
  };
}
