import { actorName, type ServiceRequest } from '@wam/contracts';
import type { Account } from '../account/account.ts';
import type { Cause } from './commit-change.ts';

/** Whose account is meant and who asks. */
export interface Caller {
  tenant: string;
  cause: Cause;
  /** Of a request under an Idempotency-Key. */
  idempotencyId?: string | undefined;
  /** Of the access token that was shown. */
  generation?: number | undefined;
}

/**
 * The token was revoked, and the gateway had not heard of it when it let the request through. Ask before making a credential: it must not
 * outlive what it was asked for with.
 */
export const isRevoked = (
  { generation }: Pick<Caller, 'generation'>,
  account: Pick<Account, 'tokenGeneration'>,
): boolean => generation !== undefined && generation < account.tokenGeneration;

/** @throws Error when the gateway let a request through that needs an account and has none */
export function callerOf({ principal, requestId, operation, idempotencyId, generation }: ServiceRequest): Caller {
  if (principal === undefined) throw new Error(`${operation} came without a principal`);
  return {
    tenant: principal.tenant,
    cause: { actor: actorName(principal.actor), requestId },
    idempotencyId,
    generation,
  };
}
