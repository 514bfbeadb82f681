/**
 * Group-commit write-behind for the Signal state of all sessions (docs/adr/0004). A change is visible at once and durable a few
 * milliseconds later; whoever must not speak before it is durable awaits {@link SignalWriter.committed}.
 */
import type { SessionChanges, SignalStorage } from './signal-storage.ts';
import { encodeSignalValue } from './signal-value-codec.ts';

export interface SignalSession {
  readonly sessionId: string;
  readonly tenant: string;
  readonly epoch: number;
}
export type SealSignalValue = (session: SignalSession, type: string, id: string, plaintext: Buffer) => Buffer;

interface Change {
  type: string;
  id: string;
  value: unknown;
}
interface DirtySession {
  session: SignalSession;
  /** By `type\0id`. */
  keys: Map<string, Change>;
  creds?: Buffer;
  /** By id. */
  events: Map<string, string>;
}
type Dirty = Map<string, DirtySession>;

export interface SignalWriter {
  put(session: SignalSession, changes: readonly Change[]): void;
  putCreds(session: SignalSession, snapshot: Buffer): void;
  /** An event (JSON) that must be stored in the same commit as the keys put so far, or not at all. */
  putEvent(session: SignalSession, id: string, event: string): void;
  /** The value not yet committed, if there is one: `{value: null}` is a removal. */
  uncommitted(sessionId: string, type: string, id: string): { value: unknown } | undefined;
  /**
   * Resolves when everything put so far is committed or was refused by the fence; waits while the database is away. Urgent ones do not
   * wait for company.
   */
  committed(options?: { urgent?: boolean }): Promise<void>;
  /** Forgets what waits for one session, before it is erased. */
  discard(sessionId: string): void;
}

export interface SignalWriterOptions {
  storage: SignalStorage;
  seal: SealSignalValue;
  /** How long a first change waits for company. Longer makes larger batches and later acknowledgements. */
  lingerMs?: number;
  onFenced(session: SignalSession): void;
  onError(error: unknown): void;
}

const longestRetryMs = 2_000;

export function createSignalWriter({
  storage,
  seal,
  // 20 ms group about eight messages at 400 a second: 2.2 ms of CPU a message in this process instead of 2.9 at 5 ms, and 30 % less latency under load.
  lingerMs = 20,
  onFenced,
  onError,
}: SignalWriterOptions): SignalWriter {
  let dirty: Dirty = new Map();
  let flushing: Dirty = new Map();
  let running = false;
  /** Ends the wait for company early. */
  let hurry: (() => void) | undefined;
  let waiting: (() => void)[] = [];

  const entryOf = (session: SignalSession): DirtySession => {
    let entry = dirty.get(session.sessionId);
    if (!entry || entry.session.epoch !== session.epoch) {
      entry = { session, keys: new Map(), events: new Map() };
      dirty.set(session.sessionId, entry);
    }
    return entry;
  };

  const sealed = ({ session, keys, creds, events }: DirtySession): SessionChanges => ({
    sessionId: session.sessionId,
    epoch: session.epoch,
    keys: [...keys.values()].map(({ type, id, value }) => ({
      type,
      id,
      sealed: value === null ? null : seal(session, type, id, encodeSignalValue(type, value)),
    })),
    ...(creds === undefined ? {} : { creds: seal(session, 'creds', '', creds) }),
    ...(events.size === 0 ? {} : { events: [...events].map(([id, event]) => ({ id, event })) }),
  });

  /** Puts a batch that could not be written back under what has changed since. */
  const restore = (): void => {
    for (const [sessionId, old] of flushing) {
      const newer = dirty.get(sessionId);
      if (!newer) dirty.set(sessionId, old);
      else if (newer.session.epoch === old.session.epoch) {
        newer.keys = new Map([...old.keys, ...newer.keys]);
        newer.events = new Map([...old.events, ...newer.events]);
        if (newer.creds === undefined && old.creds !== undefined) newer.creds = old.creds;
      }
    }
    flushing = new Map();
  };

  const run = async (): Promise<void> => {
    let retryMs = 50;
    while (dirty.size > 0 || waiting.length > 0) {
      flushing = dirty;
      dirty = new Map();
      const served = waiting;
      waiting = [];
      try {
        if (flushing.size > 0) {
          const fenced = await storage.write([...flushing.values()].map(sealed));
          for (const sessionId of fenced) onFenced(flushing.get(sessionId)!.session);
        }
        flushing = new Map();
        retryMs = 50;
        for (const resolve of served) resolve();
      } catch (error) {
        onError(error);
        restore();
        waiting = [...served, ...waiting];
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        retryMs = Math.min(retryMs * 2, longestRetryMs);
      }
    }
    running = false;
  };
  const wake = (): void => {
    if (running) return;
    running = true;
    // run() handles every failure itself.
    const begin = (): void => {
      clearTimeout(company);
      hurry = undefined;
      void run();
    };
    const company = setTimeout(begin, lingerMs);
    hurry = begin;
  };

  return {
    put(session, changes) {
      const { keys } = entryOf(session);
      for (const change of changes) keys.set(`${change.type}\0${change.id}`, change);
      wake();
    },
    putCreds(session, snapshot) {
      entryOf(session).creds = snapshot;
      wake();
    },
    putEvent(session, id, event) {
      entryOf(session).events.set(id, event);
      wake();
    },
    uncommitted(sessionId, type, id) {
      const key = `${type}\0${id}`;
      return dirty.get(sessionId)?.keys.get(key) ?? flushing.get(sessionId)?.keys.get(key);
    },
    committed({ urgent = false } = {}) {
      if (!running && dirty.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push(resolve);
        wake();
        if (urgent) hurry?.();
      });
    },
    discard(sessionId) {
      dirty.delete(sessionId);
    },
  };
}
