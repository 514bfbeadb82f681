import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from './admit-request.ts';
import type { Answers } from './answer-requests.ts';
import { ApiError } from './api-error.ts';

/**
 * Every known path answers the methods it does not have with 405 and an Allow header, before it looks at token or body.
 * @param methodsByPath what each path was registered with
 */
export function refuseOtherMethods(
  app: FastifyInstance,
  methodsByPath: ReadonlyMap<string, ReadonlySet<string>>,
  { answers, admission }: { answers: Answers; admission: Admission },
): void {
  for (const [url, own] of methodsByPath) {
    const allowed = new Set(own.has('GET') ? [...own, 'HEAD'] : own);
    const refused = app.supportedMethods.filter((method) => !allowed.has(method));
    const allow = [...allowed].sort().join(', ');
    const refuse = (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('allow', allow);
      return answers.fail(request, reply, new ApiError('METHOD_NOT_ALLOWED'));
    };
    app.route({
      method: refused,
      url,
      exposeHeadRoute: false,
      onRequest: async (request, reply) => {
        await admission.countStray(request, reply);
        return refuse(request, reply);
      },
      handler: refuse,
    });
  }
}
