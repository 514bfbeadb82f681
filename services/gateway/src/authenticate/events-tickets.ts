import { accessTokenIssuer, eventsTicketAudience, eventsTicketType, type Scope } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import { decodeProtectedHeader, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { ApiError } from '../http/api-error.ts';
import type { ApiKeyDirectory } from './api-keys.ts';
import type { Identity } from './identity.ts';
import { KeysUnavailable } from './key-set.ts';

/** Tickets open the event feed and nothing else; see `POST /api/events/ticket`. */
export const looksLikeTicket = (credential: string): boolean => {
  try {
    return decodeProtectedHeader(credential).typ === eventsTicketType;
  } catch {
    return false;
  }
};

/**
 * The ticket of an API key opens nothing any more once the key is revoked: nobody would tell the connection, which may last for a day.
 * @throws ApiError UNAUTHORIZED, in the same words whatever is wrong; FEATURE_NOT_IN_PLAN as with the key itself; SERVICE_UNAVAILABLE when
 * auth cannot be asked
 */
export function createTicketVerifier(
  getKey: JWTVerifyGetKey,
  clock: Clock,
  apiKeys: Pick<ApiKeyDirectory, 'confirm'>,
): (ticket: string) => Promise<Identity> {
  async function identify(ticket: string): Promise<Identity> {
    try {
      const { payload } = await jwtVerify(ticket, getKey, {
        algorithms: ['EdDSA'],
        issuer: accessTokenIssuer,
        audience: eventsTicketAudience,
        typ: eventsTicketType,
        requiredClaims: ['sub', 'scopes', 'mode', 'gen', 'iat', 'exp', 'jti', 'until'],
        currentDate: new Date(clock.now()),
      });
      return identityOf(payload);
    } catch (error) {
      throw new ApiError(error instanceof KeysUnavailable ? 'SERVICE_UNAVAILABLE' : 'UNAUTHORIZED');
    }
  }
  return async (ticket) => {
    const identity = await identify(ticket);
    const { tenant, actor } = identity;
    if (actor.kind === 'apiKey') await apiKeys.confirm(tenant, actor.keyId);
    return identity;
  };
}

function identityOf({ sub, key, scopes, mode, gen, until }: JWTPayload): Identity {
  if (typeof sub !== 'string' || !Array.isArray(scopes) || !Number.isSafeInteger(gen) || !Number.isSafeInteger(until))
    throw new TypeError('a claim has the wrong type');
  return {
    tenant: sub,
    actor: typeof key === 'string' ? { kind: 'apiKey', keyId: key, name: '' } : { kind: 'user', email: '' },
    scopes: scopes as Scope[],
    mode: mode === 'test' ? 'test' : 'live',
    generation: gen as number,
    expiresAtMs: (until as number) * 1000,
  };
}
