import type { Principal, ServiceRequest } from '@wam/contracts';

export interface Caller {
  principal: Principal;
  requestId: string;
  /** The same when the request is carried out again under its Idempotency-Key. */
  idempotencyId: string | undefined;
}

/** @throws Error when the gateway let a request through that needs an account and has none */
export function callerOf({ principal, requestId, operation, idempotencyId }: ServiceRequest): Caller {
  if (principal === undefined) throw new Error(`${operation} came without a principal`);
  return { principal, requestId, idempotencyId };
}
