import { internalRequests, type JwksReply } from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import type { AskAuth } from './ask-auth.ts';

/** auth could not be asked for its keys, so nothing can be said about any token. */
export class KeysUnavailable extends Error {}

export interface KeySet {
  /** For jose: the key a token names. @throws KeysUnavailable, JWKSNoMatchingKey */
  readonly getKey: JWTVerifyGetKey;
  /** Fetches the keys when there are none yet. @throws KeysUnavailable */
  load(): Promise<void>;
  readonly loaded: boolean;
}
export interface KeySetDeps {
  askAuth: AskAuth;
  clock: Clock;
  logger: Logger;
}

/** Tokens with made-up key ids must not turn into a request each. */
const refetchPauseMs = 10_000;

/** The public keys of auth, fetched over the bus, and again when a token names a key that is not among them. */
export function createKeySet({ askAuth, clock, logger }: KeySetDeps): KeySet {
  let keys: LocalJWKSet | undefined;
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let fetching: Promise<LocalJWKSet> | undefined;

  async function fetchKeys(): Promise<LocalJWKSet> {
    const reply = await askAuth(internalRequests.jwks, {});
    if (!reply.ok) throw new KeysUnavailable(`auth answered ${reply.code} when asked for its keys`);
    keys = createLocalJWKSet(reply.body as JwksReply as JSONWebKeySet);
    fetchedAtMs = clock.monotonicMs();
    return keys;
  }
  function fetchOnce(): Promise<LocalJWKSet> {
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  return {
    async load() {
      if (keys === undefined) await fetchOnce();
    },
    get loaded() {
      return keys !== undefined;
    },
    async getKey(header, token) {
      const known = keys ?? (await fetchOnce());
      try {
        return await known(header, token);
      } catch (error) {
        const recent = clock.monotonicMs() - fetchedAtMs < refetchPauseMs;
        if (!(error instanceof errors.JWKSNoMatchingKey) || recent) throw error;
        logger.info('a token names an unknown signing key: fetching the keys again');
        return (await fetchOnce())(header, token);
      }
    },
  };
}
