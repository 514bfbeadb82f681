import { type EntitlementsReply, internalRequests } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../http/api-error.ts';
import type { AskAuth } from './ask-auth.ts';

/** What accounts may do, as auth said within the last minute. */
export interface EntitlementsDirectory {
  /** Without a question to anybody; the way of nearly every request. */
  known(tenant: string): EntitlementsReply | undefined;
  /** @throws ApiError UNAUTHORIZED when there is no such account; SERVICE_UNAVAILABLE when auth is away and nothing recent is known */
  load(tenant: string): Promise<EntitlementsReply>;
  /** Something of the account has changed: whatever was known or is being asked is no longer good. */
  forget(tenant: string): void;
  /** Events may have been missed: everything is asked again, and good as long as auth does not answer. */
  doubtAll(): void;
}

const maxAccounts = 50_000;
const freshMs = 60_000;
/** How much longer an answer serves while auth is away. */
const staleGraceMs = 5 * 60_000;

interface Entry {
  readonly entitlements: EntitlementsReply;
  readonly loadedAtMs: number;
  doubted: boolean;
}
interface Load {
  readonly promise: Promise<EntitlementsReply>;
  outdated: boolean;
}

export function createEntitlementsDirectory(askAuth: AskAuth, clock: Clock): EntitlementsDirectory {
  const entries = new LRUCache<string, Entry>({ max: maxAccounts });
  const loads = new Map<string, Load>();

  async function ask(tenant: string, load: Pick<Load, 'outdated'>): Promise<EntitlementsReply> {
    const reply = await askAuth(internalRequests.entitlements, { params: { accountId: tenant } });
    if (reply.ok) {
      const entitlements = reply.body as EntitlementsReply;
      if (!load.outdated) entries.set(tenant, { entitlements, loadedAtMs: clock.monotonicMs(), doubted: false });
      return entitlements;
    }
    if (reply.code === 'ACCOUNT_NOT_FOUND') {
      entries.delete(tenant);
      throw new ApiError('UNAUTHORIZED');
    }
    const stale = entries.get(tenant);
    if (stale !== undefined && clock.monotonicMs() - stale.loadedAtMs < freshMs + staleGraceMs)
      return stale.entitlements;
    throw new ApiError('SERVICE_UNAVAILABLE');
  }

  return {
    known(tenant) {
      const entry = entries.get(tenant);
      if (entry === undefined || entry.doubted || clock.monotonicMs() - entry.loadedAtMs >= freshMs) return undefined;
      return entry.entitlements;
    },
    load(tenant) {
      const running = loads.get(tenant);
      if (running !== undefined) return running.promise;
      const state = { outdated: false };
      const load: Load = Object.assign(state, {
        promise: ask(tenant, state).finally(() => {
          if (loads.get(tenant) === load) loads.delete(tenant);
        }),
      });
      loads.set(tenant, load);
      return load.promise;
    },
    forget(tenant) {
      entries.delete(tenant);
      const running = loads.get(tenant);
      if (running === undefined) return;
      running.outdated = true;
      loads.delete(tenant);
    },
    doubtAll() {
      for (const entry of entries.values()) entry.doubted = true;
    },
  };
}
