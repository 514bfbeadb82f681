import type { AnyEvent } from '@wam/contracts';

export interface StoredEvent<E extends AnyEvent = AnyEvent> {
  /** Sequence in the whole log, not in the aggregate: ascending, with gaps where other aggregates wrote. */
  seq: number;
  event: E;
}
export interface AppendOptions {
  /** Sequence of the aggregate's last event as the writer knows it, 0 for a new aggregate; `any` where there is a single writer. */
  expectedSequence: number | 'any';
  /** Such as `busHeaders.network`. */
  headers?: Readonly<Record<string, string>>;
}
export interface AppendResult {
  /** One per event, in their order. */
  sequences: number[];
  /** What the next append must expect. */
  lastSequence: number;
}
export interface ReadResult {
  events: StoredEvent[];
  /** What the next append must expect. 0 for an aggregate without events, also when all of them have left the log by age. */
  lastSequence: number;
}

/** Events of aggregates, each aggregate on its own subject. */
export interface EventStore {
  /**
   * Appends in order. An event whose id is stored already is not stored again (within the log's duplicate window): repeating an
   * append whose outcome is unknown is safe.
   * Without events nothing happens, and `lastSequence` is the expected one (0 for `any`).
   * @throws SequenceConflict when another writer was first
   */
  append(subject: string, events: readonly AnyEvent[], options: AppendOptions): Promise<AppendResult>;
  /**
   * @param afterSequence 0, or a `lastSequence` this store answered for the same subject: only what came later is read
   */
  read(subject: string, afterSequence?: number): Promise<ReadResult>;
}

/** Another writer appended first. Read what it wrote, decide again. */
export class SequenceConflict extends Error {
  readonly subject: string;
  readonly expected: number | undefined;
  /** How many events of this append were stored before the conflict; above 0 only with several events in one append. */
  readonly appended: number;

  constructor(subject: string, expected: number | undefined, appended: number) {
    super(`${subject}: sequence ${expected} is not the last one any more`);
    this.name = 'SequenceConflict';
    this.subject = subject;
    this.expected = expected;
    this.appended = appended;
  }
}
