import type { OperationDefinition } from '@wam/contracts';
import type { FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Authenticate } from '../authenticate/authenticate.ts';
import type { Caller } from '../authenticate/identity.ts';
import { authorise } from '../authorise/authorise.ts';
import { ApiError } from './api-error.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every operation with `auth: 'account'`, before its body is read. */
    caller: Caller | null;
  }
}

export type AdmitRequest = (operation: OperationDefinition) => onRequestHookHandler;

/** Who asks, and whether the operation is open to them. Callback style: a caller known from before costs no promise. */
export const createAdmission =
  (authenticate: Authenticate): AdmitRequest =>
  (operation) => {
    function admit(request: FastifyRequest, caller: Caller): void {
      request.caller = caller;
      const refusal = authorise(operation, caller);
      if (refusal !== undefined) throw ApiError.of(refusal);
    }
    return (request, _reply, done) => {
      try {
        const found = authenticate(request.headers);
        if (found instanceof Promise) {
          found.then((caller) => admit(request, caller)).then(() => done(), done);
          return;
        }
        admit(request, found);
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    };
  };
