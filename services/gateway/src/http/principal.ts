import type { Principal } from '@wam/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticate } from '../authenticate/authenticate.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every operation with `auth: 'account'`, before its body is read. */
    principal: Principal | null;
  }
}

/** Callback style: a token verified before costs no promise. */
export const authenticateRequest =
  (authenticate: Authenticate) =>
  (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void => {
    try {
      const found = authenticate(request.headers.authorization);
      if (!(found instanceof Promise)) {
        request.principal = found;
        done();
        return;
      }
      found.then((principal) => {
        request.principal = principal;
        done();
      }, done);
    } catch (error) {
      done(error as Error);
    }
  };
