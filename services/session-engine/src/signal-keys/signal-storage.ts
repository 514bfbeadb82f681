/** Port: where sealed Signal state is kept. Every write is fenced by the epoch of the session's owner. */

export interface KeyRef {
  sessionId: string;
  /** Baileys' name of the kind of key: `session`, `pre-key`, `lid-mapping`, ... */
  type: string;
  id: string;
}
export interface SealedKey extends KeyRef {
  sealed: Buffer;
}
export interface SessionChanges {
  sessionId: string;
  /** The owner's epoch, raised when the partition was claimed. */
  epoch: number;
  /** `sealed: null` removes the key. */
  keys: { type: string; id: string; sealed: Buffer | null }[];
  creds?: Buffer;
  /** Events that must be stored with the keys, for the outbox; JSON. One that is there already stays. */
  events?: { id: string; event: string }[];
}

export interface SignalStorage {
  /** The keys that exist; missing ones are left out. */
  load(refs: readonly KeyRef[]): Promise<SealedKey[]>;
  /**
   * All changes in one transaction. A session whose epoch is no longer the given one is skipped whole and returned: this process lost it.
   */
  write(changes: readonly SessionChanges[]): Promise<string[]>;
  /** Removes keys, creds and events, for a deleted or logged-out session. False when the epoch is no longer current. */
  erase(sessionId: string, epoch: number): Promise<boolean>;
}
