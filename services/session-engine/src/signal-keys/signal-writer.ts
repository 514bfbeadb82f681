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
   * Resolves when everything put so far is committed or was refused by the fence; waits while the database is away. What somebody waits
   * for does not linger.
   */
  committed(): Promise<void>;
  /** Forgets what waits for one session, before it is erased. */
  discard(sessionId: string): void;
}

export interface SignalWriterOptions {
  storage: SignalStorage;
  seal: SealSignalValue;
  /** How long a change waits for company while nobody waits for it. */
  lingerMs?: number;
  onFenced(session: SignalSession): void;
  onError(error: unknown): void;
}

const firstRetryMs = 50;
const longestRetryMs = 2_000;
/** A write that somebody waits for only lets those in who ask in the same moment. */
const waitedForMs = 1;

export function createSignalWriter({
  storage,
  seal,
  // Acknowledgements ask for it sooner; without any, 20 ms of changes go into one transaction.
  lingerMs = 20,
  onFenced,
  onError,
}: SignalWriterOptions): SignalWriter {
  let dirty: Dirty = new Map();
  let flushing: Dirty = new Map();
  let running = false;
  let timer: { handle: NodeJS.Timeout; dueMs: number } | undefined;
  let retryMs = firstRetryMs;
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

  /** Writes what has changed by now; what changes meanwhile is the next one's. */
  const flush = async (): Promise<void> => {
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
      retryMs = firstRetryMs;
      for (const resolve of served) resolve();
    } catch (error) {
      onError(error);
      restore();
      waiting = [...served, ...waiting];
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    }
  };
  const start = (): void => {
    timer = undefined;
    running = true;
    // flush() handles every failure itself.
    void flush().then(() => {
      running = false;
      if (waiting.length > 0) wakeWithin(waitedForMs);
      else if (dirty.size > 0) wakeWithin(lingerMs);
    });
  };
  const wakeWithin = (delayMs: number): void => {
    if (running) return;
    const dueMs = performance.now() + delayMs;
    if (timer && timer.dueMs <= dueMs) return;
    clearTimeout(timer?.handle);
    timer = { handle: setTimeout(start, delayMs), dueMs };
  };

  return {
    put(session, changes) {
      const { keys } = entryOf(session);
      for (const change of changes) keys.set(`${change.type}\0${change.id}`, change);
      wakeWithin(lingerMs);
    },
    putCreds(session, snapshot) {
      entryOf(session).creds = snapshot;
      wakeWithin(lingerMs);
    },
    putEvent(session, id, event) {
      entryOf(session).events.set(id, event);
      wakeWithin(lingerMs);
    },
    uncommitted(sessionId, type, id) {
      const key = `${type}\0${id}`;
      return dirty.get(sessionId)?.keys.get(key) ?? flushing.get(sessionId)?.keys.get(key);
    },
    committed() {
      if (!running && dirty.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push(resolve);
        wakeWithin(waitedForMs);
      });
    },
    discard(sessionId) {
      dirty.delete(sessionId);
    },
  };
}
