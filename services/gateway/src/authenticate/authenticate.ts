import { accessTokenAudience, accessTokenIssuer, type Principal, userPrincipal } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../http/api-error.ts';
import { KeysUnavailable } from './key-set.ts';

/**
 * Who sent this Authorization header. Answers at once for a token verified a moment ago (an EdDSA verification costs 100-150 us,
 * the map lookup under 1 us).
 * @throws ApiError UNAUTHORIZED, in the same words whatever is wrong; SERVICE_UNAVAILABLE when the keys cannot be had
 */
export type Authenticate = (authorization: string | undefined) => Principal | Promise<Principal>;

const maxTokenLength = 8_192;
const maxCachedTokens = 50_000;
/** Bounds how long a revoked token may live on. */
const maxCacheAgeMs = 30_000;
const scheme = 'bearer ';

export function createAuthenticate(getKey: JWTVerifyGetKey, clock: Clock): Authenticate {
  // Only verified tokens get in, so entries are as small as what auth issues, however long what callers send.
  const verified = new LRUCache<string, Principal>({ max: maxCachedTokens });
  const verifying = new Map<string, Promise<Principal>>();

  async function verify(token: string): Promise<Principal> {
    try {
      const { payload } = await jwtVerify(token, getKey, {
        algorithms: ['EdDSA'],
        issuer: accessTokenIssuer,
        audience: accessTokenAudience,
        typ: 'at+jwt',
        requiredClaims: ['sub', 'email', 'plan', 'iat', 'exp', 'jti'],
        currentDate: new Date(clock.now()),
      });
      const principal = principalOf(payload);
      const remainingMs = payload.exp! * 1000 - clock.now();
      verified.set(token, principal, { ttl: Math.max(1, Math.min(remainingMs, maxCacheAgeMs)) });
      return principal;
    } catch (error) {
      throw error instanceof KeysUnavailable ? new ApiError('SERVICE_UNAVAILABLE') : unauthorized();
    }
  }
  function verifyOnce(token: string): Promise<Principal> {
    let running = verifying.get(token);
    if (running === undefined) {
      running = verify(token).finally(() => verifying.delete(token));
      verifying.set(token, running);
    }
    return running;
  }

  return (authorization) => {
    const token = bearerToken(authorization);
    if (token === undefined) throw unauthorized();
    return verified.get(token) ?? verifyOnce(token);
  };
}

/** Oversized ones are dropped before anything reads them. */
function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > maxTokenLength) return undefined;
  if (authorization.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  return authorization.slice(scheme.length).trim() || undefined;
}

function principalOf({ sub, email, plan }: JWTPayload): Principal {
  if (typeof sub !== 'string' || typeof email !== 'string' || typeof plan !== 'string') throw unauthorized();
  return userPrincipal(sub, email, plan);
}

const unauthorized = (): ApiError => new ApiError('UNAUTHORIZED');
