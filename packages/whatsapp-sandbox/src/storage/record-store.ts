/**
 * Kinds of record the world is kept in. The world lives in memory; records are its durable image, read back at start
 * (or, for phones and inboxes, when first needed).
 */
export type RecordKind =
  /** Noise identity and counters, by name. */
  | 'meta'
  /** By number. */
  | 'account'
  /** By `number:device`. */
  | 'device'
  /** Public one-time prekeys a client uploaded, by `number:device/keyId`. */
  | 'prekey'
  /** A phone's Signal identity and prekeys, by number. */
  | 'phone'
  /** A phone's Signal sessions, by `number/peer`. */
  | 'signal-session'
  /** Stanzas a client has not acknowledged, by `number:device/sequence`. */
  | 'queued'
  /** By `number/sequence`. */
  | 'inbox'
  /** By `number:device/messageId`. */
  | 'ledger'
  /** Receipts that simulated phones still have to send, by sequence. */
  | 'pending-receipt';

/** Durable key-value records. Everything is synchronous: SQLite in the same process answers in microseconds. */
export interface RecordStore {
  /** Records of a kind whose key starts with `prefix`, in key order. */
  read(kind: RecordKind, prefix?: string): Iterable<{ key: string; value: string }>;
  /** Applies all changes or none. */
  commit(changes: Iterable<RecordChange>): void;
  /** Removes every record. */
  clear(): void;
  close(): void;
}

export interface RecordChange {
  kind: RecordKind;
  key: string;
  /** Undefined removes the record. */
  value: string | undefined;
}

/** Sequence numbers as key parts: fixed width, so that key order is number order. */
export const sequenceKey = (sequence: number): string => String(sequence).padStart(12, '0');
