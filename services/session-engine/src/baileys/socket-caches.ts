import type { CacheStore } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';

export interface SocketCaches {
  userDevicesCache: CacheStore;
  msgRetryCounterCache: CacheStore;
  callOfferCache: CacheStore;
  placeholderResendCache: CacheStore;
}

const hourMs = 3_600_000;

/**
 * One store for the sockets of all sessions, instead of four timers and maps per socket (about 115 kB each, protocol reference
 * section 8). Keys carry the session: two sessions must never share a device list, since a session's own entry leaves out its own
 * device, and the other one would then not send to it.
 */
export function createSocketCaches(): (prefix: string) => SocketCaches {
  // Device notifications keep the lists right, so a long life is safe; when one lapses the next send costs two queries and a new session.
  const devices = new LRUCache<string, object>({ max: 100_000, ttl: 24 * hourMs });
  const counters = new LRUCache<string, object>({ max: 20_000, ttl: hourMs });

  const view = (store: LRUCache<string, object>, prefix: string): CacheStore => ({
    get: <T>(key: string) => (store.get(prefix + key) as { value: T } | undefined)?.value,
    set: (key, value) => {
      store.set(prefix + key, { value });
    },
    del: (key) => {
      store.delete(prefix + key);
    },
    // Baileys never calls it on caches it was given; entries of a gone session age out.
    flushAll: () => undefined,
  });
  return (prefix) => ({
    userDevicesCache: view(devices, `${prefix}:`),
    msgRetryCounterCache: view(counters, `${prefix}:retry:`),
    callOfferCache: view(counters, `${prefix}:call:`),
    placeholderResendCache: view(counters, `${prefix}:resend:`),
  });
}
