import { ApiError } from '../http/api-error.ts';
import { addressKey } from '../rate-limits/client-address.ts';
import { rateLimited } from '../rate-limits/rate-limit-answer.ts';
import type { RequestLimits } from '../rate-limits/request-limits.ts';
import type { Identify, Known } from './identify.ts';

/**
 * For a credential that comes over an open connection, where no request is counted: one that is refused counts against its address, as a
 * request with it would.
 * @throws ApiError as {@link Identify}; RATE_LIMITED instead of it when too many were refused
 */
export type IdentifyPeer = (credential: string | undefined, address: string) => Promise<Known>;

export const createIdentifyPeer =
  ({ identify, limits }: { identify: Identify; limits: Pick<RequestLimits, 'ofStray'> }): IdentifyPeer =>
  async (credential, address) => {
    try {
      return await identify(credential);
    } catch (error) {
      const verdict = await limits.ofStray(addressKey(address));
      throw verdict.allowed ? error : ApiError.of(rateLimited(verdict));
    }
  };
