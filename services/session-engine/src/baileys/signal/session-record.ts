/**
 * libsignal's stored form of the sessions with one device of a peer, as far as encryption reads it: plain JSON, bytes as base64
 * (libsignal/src/session_record.js). A record may hold closed sessions beside the open one.
 */
export interface SessionRecord {
  readonly version: string;
  /** By base key. */
  readonly _sessions: Readonly<Record<string, SessionEntry>>;
}
export interface SessionEntry {
  readonly registrationId?: number;
  readonly currentRatchet: {
    readonly ephemeralKeyPair: { readonly pubKey: string; readonly privKey: string };
    readonly previousCounter: number;
  };
  readonly indexInfo: {
    /** -1 while the session is open, else when it was closed. */
    readonly closed: number;
    /** 33 bytes. */
    readonly remoteIdentityKey: string;
  };
  /** By ratchet key. */
  readonly _chains: Readonly<Record<string, Chain>>;
  /** Until the peer has answered: then each message still carries what the peer needs to open the session. */
  readonly pendingPreKey?: { readonly signedKeyId: number; readonly baseKey: string; readonly preKeyId?: number };
}
export interface Chain {
  /** `counter` of the last message, -1 before the first; no `key` once the chain is closed. */
  readonly chainKey: { readonly counter: number; readonly key?: string };
  readonly chainType: number;
  readonly messageKeys: Readonly<Record<string, string>>;
}

export const sendingChain = 1;
/** libsignal drops the oldest closed sessions beyond. */
export const maxSessions = 40;
export const currentVersion = 'v1';

/** The first open session, as libsignal chooses it. */
export function openSessionOf(record: SessionRecord): { baseKey: string; entry: SessionEntry } | undefined {
  for (const [baseKey, entry] of Object.entries(record._sessions)) {
    if (entry.indexInfo.closed === -1) return { baseKey, entry };
  }
  return undefined;
}
