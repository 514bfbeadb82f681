import { hash } from 'node:crypto';
import { internalRequests, type ServiceReply, type VerifiedApiKey } from '@wam/contracts';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../http/api-error.ts';
import type { AskAuth } from './ask-auth.ts';
import type { Identity } from './identity.ts';

/** Whom API keys stand for. Keys themselves are not kept, only their hashes. */
export interface ApiKeyDirectory {
  /**
   * At once for a key that auth knew within the last 30 s.
   * @throws ApiError UNAUTHORIZED, in the same words whatever is wrong; FEATURE_NOT_IN_PLAN after a downgrade; SERVICE_UNAVAILABLE
   */
  verify(key: string): Identity | Promise<Identity>;
  /** Asks auth whether a key that somebody else vouches for still stands. @throws ApiError as `verify` does */
  confirm(tenant: string, keyId: string): Promise<void>;
  /** A key or the plan of the account has changed. */
  forget(tenant: string): void;
  forgetAll(): void;
}

/** Cheap to tell apart from JWTs, whose first character is `e`. */
const form = /^wa_(live|test)_[A-Za-z0-9_-]{16,128}$/;
export const looksLikeApiKey = (credential: string): boolean => credential.startsWith('wa_');

const maxKeys = 50_000;
const positiveMs = 30_000;
/** Guessed keys must not be a question to auth each, and a key must work soon after it was made. */
const maxRefused = 10_000;
const refusedMs = 2_000;

export function createApiKeyDirectory(askAuth: AskAuth): ApiKeyDirectory {
  const verified = new LRUCache<string, Identity>({ max: maxKeys, ttl: positiveMs });
  const refused = new LRUCache<string, ApiError>({ max: maxRefused, ttl: refusedMs });
  const verifying = new Map<string, Promise<Identity>>();
  /** Answers asked for before a change are not kept. */
  let changes = 0;

  async function ask(keyHash: string): Promise<Identity> {
    const askedAt = changes;
    const reply = await askAuth(internalRequests.verifyApiKey, { body: { hash: keyHash } });
    if (reply.ok) {
      const identity = identityOf(reply.body as VerifiedApiKey);
      if (askedAt === changes) verified.set(keyHash, identity);
      return identity;
    }
    const { error, final } = refusalOf(reply);
    if (final && askedAt === changes) refused.set(keyHash, error);
    throw error;
  }
  function askOnce(keyHash: string): Promise<Identity> {
    let running = verifying.get(keyHash);
    if (running === undefined) {
      running = ask(keyHash).finally(() => {
        if (verifying.get(keyHash) === running) verifying.delete(keyHash);
      });
      verifying.set(keyHash, running);
    }
    return running;
  }
  function changed(): void {
    changes += 1;
    // Who comes from now on asks anew.
    verifying.clear();
    refused.clear();
  }

  return {
    verify(key) {
      if (!form.test(key)) throw new ApiError('UNAUTHORIZED');
      const keyHash = hash('sha256', key);
      const known = verified.get(keyHash);
      if (known !== undefined) return known;
      const refusal = refused.get(keyHash);
      if (refusal !== undefined) throw refusal;
      return askOnce(keyHash);
    },
    async confirm(tenant, keyId) {
      const reply = await askAuth(internalRequests.verifyApiKey, { body: { tenant, keyId } });
      if (!reply.ok) throw refusalOf(reply).error;
    },
    forget(tenant) {
      changed();
      for (const [keyHash, identity] of verified.entries()) if (identity.tenant === tenant) verified.delete(keyHash);
    },
    forgetAll() {
      changed();
      verified.clear();
    },
  };
}

function refusalOf({ ok: _, ...refusal }: Extract<ServiceReply, { ok: false }>): { error: ApiError; final: boolean } {
  const error = refusal.code === 'UNAUTHORIZED' ? new ApiError('UNAUTHORIZED') : ApiError.of(refusal);
  return { error, final: refusal.code === 'UNAUTHORIZED' || refusal.code === 'FEATURE_NOT_IN_PLAN' };
}

const identityOf = ({ tenant, keyId, name, scopes, mode }: VerifiedApiKey): Identity => ({
  tenant,
  actor: { kind: 'apiKey', keyId, name },
  scopes,
  mode,
  generation: Number.POSITIVE_INFINITY,
  expiresAtMs: Number.POSITIVE_INFINITY,
});
