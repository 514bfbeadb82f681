/**
 * Baileys issues a privacy token to a contact after a send, but writes down the time of issue inside a transaction that is already
 * committed, so the note is lost and the query repeats after EVERY send (protocol reference, section 7 "Privacy-token bug"; it halves
 * the throughput). We let it issue once, keep the note ourselves, and answer with it from then on.
 */
import type { SignalKeys } from '../signal-keys/signal-state.ts';

interface TokenEntry {
  token: Buffer;
  timestamp?: string;
  senderTimestamp?: number;
}

export interface PrivacyTokenLedger {
  /** Baileys looked these contacts up; it will issue a token to those without a recent note, once the send has left. */
  noteRead(ids: readonly string[], found: Record<string, unknown>): void;
  /** A send has left: what was looked up for it is issued now. Sends of a socket are serial, so nothing else is meant. */
  noteSent(nowSeconds: number): void;
}

/** Baileys issues anew in each window of this length. */
const windowSeconds = 604_800;
const indexKey = '__index';

export function createPrivacyTokenLedger(keys: SignalKeys): PrivacyTokenLedger {
  const due = new Map<string, TokenEntry | undefined>();
  const windowOf = (seconds: number): number => Math.floor(seconds / windowSeconds);

  return {
    noteRead(ids, found) {
      for (const id of ids) if (id !== indexKey) due.set(id, found[id] as TokenEntry | undefined);
    },
    noteSent(nowSeconds) {
      if (due.size === 0) return;
      const issued: Record<string, TokenEntry> = {};
      for (const [id, entry] of due) {
        if (entry?.senderTimestamp !== undefined && windowOf(entry.senderTimestamp) === windowOf(nowSeconds)) continue;
        issued[id] = { ...entry, token: entry?.token ?? Buffer.alloc(0), senderTimestamp: nowSeconds };
      }
      due.clear();
      if (Object.keys(issued).length > 0) keys.set({ tctoken: issued });
    },
  };
}
