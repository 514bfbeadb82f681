/**
 * What is known of sessions, as of the last event that was fanned out: rows of the table, and what the events since then have changed of them.
 * Right for one process at a time, the one that fans out.
 */
import { type AnyEvent, type SessionEvent, sessionEvents } from '@wam/contracts';
import type { SqlExecutor } from '@wam/service-kit/postgres';
import {
  deleteSessions,
  evolveSession,
  loadSessions,
  type SessionFacts,
  saveSessions,
  sessionKey,
} from './session-table.ts';

export interface SessionBook {
  /** Loads those of the events that somebody wants to be told of, or that change. */
  prepare(events: readonly AnyEvent[], isWanted: (tenant: string) => boolean): Promise<void>;
  of(event: AnyEvent): SessionFacts | undefined;
  take(event: AnyEvent): void;
  /** What was taken since the last time, to be saved with the checkpoint. */
  changes(): SessionChanges;
  /** Somebody else has fanned out. */
  forget(): void;
  /** Everything that was taken is saved: what is too much may go. */
  trim(): void;
}
export interface SessionChanges {
  saved: SessionFacts[];
  gone: { tenant: string; sessionId: string }[];
}

const maxKept = 10_000;

const sessionIdOf = ({ data }: AnyEvent): string | undefined => (data as { sessionId?: string } | null)?.sessionId;
const changesSession = ({ type }: AnyEvent): boolean => Object.hasOwn(sessionEvents, type);

export function createSessionBook(db: SqlExecutor): SessionBook {
  /** `undefined`: there is none. */
  const known = new Map<string, SessionFacts | undefined>();
  const changed = new Map<string, { tenant: string; sessionId: string }>();
  /** Of the last event that was asked for: each is asked for several times. */
  let last: { event: AnyEvent; key: string } | undefined;
  function keyOf(event: AnyEvent): string {
    if (last?.event !== event) last = { event, key: sessionKey(event.tenant, sessionIdOf(event) ?? '') };
    return last.key;
  }
  return {
    async prepare(events, isWanted) {
      const missing = new Map<string, { tenant: string; sessionId: string }>();
      for (const event of events) {
        const sessionId = sessionIdOf(event);
        if (sessionId === undefined || !(isWanted(event.tenant) || changesSession(event))) continue;
        const key = keyOf(event);
        if (!known.has(key)) missing.set(key, { tenant: event.tenant, sessionId });
      }
      const found = await loadSessions(db, [...missing.values()]);
      for (const key of missing.keys()) known.set(key, found.get(key));
    },
    of: (event) => known.get(keyOf(event)),
    take(event) {
      const sessionId = sessionIdOf(event);
      if (sessionId === undefined || event.v !== 1 || !changesSession(event)) return;
      const key = keyOf(event);
      const before = known.get(key);
      const after = evolveSession(before, event as SessionEvent);
      if (after === before) return;
      known.set(key, after);
      changed.set(key, { tenant: event.tenant, sessionId });
    },
    changes() {
      const saved = [...changed.keys()].flatMap((key) => known.get(key) ?? []);
      const gone = [...changed].filter(([key]) => known.get(key) === undefined).map(([, session]) => session);
      changed.clear();
      return { saved, gone };
    },
    forget() {
      known.clear();
      changed.clear();
    },
    trim() {
      if (known.size > maxKept) known.clear();
    },
  };
}

export async function saveChanges(trx: SqlExecutor, { saved, gone }: SessionChanges): Promise<void> {
  await saveSessions(trx, saved);
  await deleteSessions(trx, gone);
}
