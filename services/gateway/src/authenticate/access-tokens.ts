import { accessTokenAudience, accessTokenIssuer, allScopes } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../http/api-error.ts';
import type { Identity } from './identity.ts';
import { KeysUnavailable } from './key-set.ts';

/**
 * Whom a JWT stands for. Answers at once for a token verified a moment ago (an EdDSA verification costs 100-150 us, the map lookup
 * under 1 us). Whether the account has revoked it since is not known here: compare the generation.
 * @throws ApiError UNAUTHORIZED, in the same words whatever is wrong; SERVICE_UNAVAILABLE when the keys cannot be had
 */
export type VerifyAccessToken = (token: string) => Identity | Promise<Identity>;

const maxTokenLength = 8_192;
const maxCachedTokens = 50_000;
/** Bounds how long a token outlives the signing key it was made with. */
const maxCacheAgeMs = 30_000;

export function createAccessTokenVerifier(getKey: JWTVerifyGetKey, clock: Clock): VerifyAccessToken {
  // Only verified tokens get in, so entries are as small as what auth issues, however long what callers send.
  // A second late is soon enough to forget; whether a token is over is asked of the clock.
  const verified = new LRUCache<string, Identity>({ max: maxCachedTokens, ttl: maxCacheAgeMs, ttlResolution: 1_000 });
  const verifying = new Map<string, Promise<Identity>>();

  async function verify(token: string): Promise<Identity> {
    try {
      const { payload } = await jwtVerify(token, getKey, {
        algorithms: ['EdDSA'],
        issuer: accessTokenIssuer,
        audience: accessTokenAudience,
        typ: 'at+jwt',
        requiredClaims: ['sub', 'email', 'plan', 'gen', 'iat', 'exp', 'jti'],
        currentDate: new Date(clock.now()),
      });
      const identity = identityOf(payload);
      verified.set(token, identity);
      return identity;
    } catch (error) {
      throw new ApiError(error instanceof KeysUnavailable ? 'SERVICE_UNAVAILABLE' : 'UNAUTHORIZED');
    }
  }
  function verifyOnce(token: string): Promise<Identity> {
    let running = verifying.get(token);
    if (running === undefined) {
      running = verify(token).finally(() => verifying.delete(token));
      verifying.set(token, running);
    }
    return running;
  }

  return (token) => {
    // Dropped before anything reads them.
    if (token.length > maxTokenLength) throw new ApiError('UNAUTHORIZED');
    const known = verified.get(token);
    return known !== undefined && known.expiresAtMs > clock.now() ? known : verifyOnce(token);
  };
}

function identityOf({ sub, email, gen, exp }: JWTPayload): Identity {
  if (typeof sub !== 'string' || typeof email !== 'string' || !Number.isSafeInteger(gen))
    throw new TypeError('a claim has the wrong type');
  return {
    tenant: sub,
    actor: { kind: 'user', email },
    scopes: allScopes,
    mode: 'live',
    generation: gen as number,
    expiresAtMs: exp! * 1000,
  };
}
