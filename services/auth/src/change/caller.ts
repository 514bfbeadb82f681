import { actorName, type ServiceRequest } from '@wam/contracts';
import type { Cause } from './commit-change.ts';

/** Whose account is meant and who asks. */
export interface Caller {
  tenant: string;
  cause: Cause;
  /** Of a request under an Idempotency-Key. */
  idempotencyId?: string | undefined;
}

/** @throws Error when the gateway let a request through that needs an account and has none */
export function callerOf({ principal, requestId, operation, idempotencyId }: ServiceRequest): Caller {
  if (principal === undefined) throw new Error(`${operation} came without a principal`);
  return { tenant: principal.tenant, cause: { actor: actorName(principal.actor), requestId }, idempotencyId };
}
