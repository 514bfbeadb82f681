import type { SealedKey, SignalStorage } from './signal-storage.ts';

export interface MemorySignalStorage extends SignalStorage {
  /** What opening a session does in the database: takes ownership, unless a newer owner has it. */
  claim(sessionId: string, epoch: number): boolean;
  credsOf(sessionId: string): Buffer | undefined;
  eventsOf(sessionId: string): string[];
}

/** For specs: the behaviour of the Postgres storage, without durability. */
export function createMemorySignalStorage(): MemorySignalStorage {
  const sessions = new Map<
    string,
    { epoch: number; keys: Map<string, SealedKey>; events: Map<string, string>; creds?: Buffer }
  >();
  return {
    claim(sessionId, epoch) {
      const session = sessions.get(sessionId);
      if (session && session.epoch > epoch) return false;
      if (session) session.epoch = epoch;
      else sessions.set(sessionId, { epoch, keys: new Map(), events: new Map() });
      return true;
    },
    credsOf: (sessionId) => sessions.get(sessionId)?.creds,
    eventsOf: (sessionId) => [...(sessions.get(sessionId)?.events.values() ?? [])],
    async load(refs) {
      return refs.flatMap(({ sessionId, type, id }) => sessions.get(sessionId)?.keys.get(`${type}\0${id}`) ?? []);
    },
    async write(changes) {
      const fenced: string[] = [];
      for (const { sessionId, epoch, keys, creds, events = [] } of changes) {
        const session = sessions.get(sessionId);
        if (session?.epoch !== epoch) {
          fenced.push(sessionId);
          continue;
        }
        for (const { type, id, sealed } of keys) {
          if (sealed === null) session.keys.delete(`${type}\0${id}`);
          else session.keys.set(`${type}\0${id}`, { sessionId, type, id, sealed });
        }
        if (creds) session.creds = creds;
        for (const { id, event } of events) if (!session.events.has(id)) session.events.set(id, event);
      }
      return fenced;
    },
    async erase(sessionId, epoch) {
      const session = sessions.get(sessionId);
      if (session?.epoch !== epoch) return false;
      session.keys.clear();
      session.events.clear();
      delete session.creds;
      return true;
    },
  };
}
