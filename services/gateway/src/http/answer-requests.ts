/** The two ways a request ends: with a service's reply, or with an error of the catalogue. */
import type { ServiceReply } from '@wam/contracts';
import type { Logger } from '@wam/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.ts';
import { answerError } from './error-answer.ts';

export interface Answers {
  /** @returns the reply, as Fastify's async handlers want it */
  send(request: FastifyRequest, reply: FastifyReply, outcome: ServiceReply): FastifyReply;
  fail(request: FastifyRequest, reply: FastifyReply, cause: unknown): FastifyReply;
}
export interface AnswersOptions {
  /** Read per answer: the port is known only once the server listens. */
  publicUrl: () => string;
  setDefaultHeaders: (reply: FastifyReply, requestId: string) => void;
  logger: Logger;
}

export function createAnswers({ publicUrl, setDefaultHeaders, logger }: AnswersOptions): Answers {
  function fail(request: FastifyRequest, reply: FastifyReply, cause: unknown): FastifyReply {
    const { raw } = request;
    // Its sender left in the middle: whatever came of that is nobody's failure, and nobody reads this.
    const reason = raw.destroyed && !raw.complete ? new ApiError('BAD_REQUEST') : cause;
    const { status, headers, body } = answerError(reason, { requestId: request.id, publicUrl: publicUrl() });
    // Again: a path Fastify cannot decode ends here without having passed any hook.
    setDefaultHeaders(reply, request.id);
    if (status >= 500) {
      const { method, routeOptions } = request;
      logger[status === 500 ? 'error' : 'warn'](
        { err: cause, requestId: request.id, method, route: routeOptions?.url, code: body.code },
        'request failed',
      );
    }
    // As text: no response schema stands between an error and its caller.
    return reply.code(status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(body));
  }
  return {
    fail,
    send(request, reply, outcome) {
      if (!outcome.ok) return fail(request, reply, outcome);
      if (outcome.headers !== undefined) reply.headers(outcome.headers);
      return reply.code(outcome.status).send(outcome.body);
    },
  };
}
