/** Signal keys of one open session: cached, loaded lazily and in batches, written behind. Types are opaque here; Baileys gives them meaning. */
import { LRUCache } from 'lru-cache';
import type { KeyRef, SealedKey, SignalStorage } from './signal-storage.ts';
import { decodeSignalValue } from './signal-value-codec.ts';
import type { SignalSession, SignalWriter } from './signal-writer.ts';

export type KeyChanges = Record<string, Record<string, unknown>>;

export interface SignalKeys {
  get(type: string, ids: readonly string[]): Promise<Record<string, unknown>>;
  /** `null` removes. Visible at once, durable after {@link SignalWriter.committed}. */
  set(changes: KeyChanges): void;
  saveCreds(snapshot: Buffer): void;
  /** From now on changes are dropped: a late write must not bring back what was erased. */
  close(): void;
}
export interface SignalState {
  open(session: SignalSession): SignalKeys;
  /** Credentials as they were given to `saveCreds`. */
  unsealCreds(session: SignalSession, sealed: Buffer): Buffer;
}

/** Used once each, and 812 of them per session are 275 KB of objects: not worth a place in the cache. */
const neverCached = new Set(['pre-key']);
const missing = Symbol('known not to exist');
type Cached = { value: unknown } | typeof missing;

export interface SignalStateOptions {
  storage: SignalStorage;
  writer: SignalWriter;
  unseal(session: SignalSession, type: string, id: string, sealed: Buffer): Buffer;
  maxCachedKeys?: number;
}

export function createSignalState({
  storage,
  writer,
  unseal,
  maxCachedKeys = 50_000,
}: SignalStateOptions): SignalState {
  const cache = new LRUCache<string, Cached & {}>({ max: maxCachedKeys });
  /** A session opened again never sees entries of its former life. */
  let generation = 0;
  const load = createBatchLoader(storage);

  const open = (session: SignalSession): SignalKeys => {
    const mark = generation++;
    const cacheKey = (type: string, id: string): string => `${mark}\0${type}\0${id}`;
    const { sessionId } = session;
    let closed = false;

    const known = (type: string, id: string): Cached | undefined => {
      const pending = writer.uncommitted(sessionId, type, id);
      if (pending) return pending.value === null ? missing : pending;
      return cache.get(cacheKey(type, id));
    };

    return {
      async get(type, ids) {
        const found: Record<string, unknown> = {};
        const toLoad: string[] = [];
        for (const id of ids) {
          const hit = known(type, id);
          if (hit === undefined) toLoad.push(id);
          else if (hit !== missing) found[id] = hit.value;
        }
        if (toLoad.length === 0) return found;
        const loaded = new Map(
          (await load(toLoad.map((id) => ({ sessionId, type, id })))).map((key) => [key.id, key.sealed]),
        );
        for (const id of toLoad) {
          // A write that happened during the load is newer than what was loaded.
          let hit = known(type, id);
          if (hit === undefined) {
            const sealed = loaded.get(id);
            hit = sealed === undefined ? missing : { value: decodeSignalValue(unseal(session, type, id, sealed)) };
            if (!neverCached.has(type)) cache.set(cacheKey(type, id), hit);
          }
          if (hit !== missing) found[id] = hit.value;
        }
        return found;
      },
      set(changes) {
        if (closed) return;
        for (const [type, values] of Object.entries(changes)) {
          const list = Object.entries(values).map(([id, value]) => ({ type, id, value: value ?? null }));
          for (const { id, value } of list) {
            if (!neverCached.has(type)) cache.set(cacheKey(type, id), value === null ? missing : { value });
          }
          writer.put(session, list);
        }
      },
      saveCreds(snapshot) {
        if (!closed) writer.putCreds(session, snapshot);
      },
      close() {
        closed = true;
      },
    };
  };

  return { open, unsealCreds: (session, sealed) => unseal(session, 'creds', '', sealed) };
}

/** One query for everything that is asked for in the same turn of the event loop, by whichever session. */
function createBatchLoader(storage: SignalStorage): (refs: KeyRef[]) => Promise<SealedKey[]> {
  interface Request {
    refs: KeyRef[];
    resolve(keys: SealedKey[]): void;
    reject(error: unknown): void;
  }
  let queue: Request[] = [];
  const run = async (): Promise<void> => {
    const batch = queue;
    queue = [];
    try {
      const keys = await storage.load(batch.flatMap((request) => request.refs));
      const byKey = new Map(keys.map((key) => [`${key.sessionId}\0${key.type}\0${key.id}`, key]));
      for (const request of batch) {
        request.resolve(request.refs.flatMap((ref) => byKey.get(`${ref.sessionId}\0${ref.type}\0${ref.id}`) ?? []));
      }
    } catch (error) {
      for (const request of batch) request.reject(error);
    }
  };
  return (refs) =>
    new Promise((resolve, reject) => {
      queue.push({ refs, resolve, reject });
      // run() hands every failure to the requests.
      if (queue.length === 1) setImmediate(() => void run());
    });
}
