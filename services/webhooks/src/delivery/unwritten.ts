/**
 * Deliveries that are attempted before their rows are written: each is written once, with its outcome. Until then the checkpoint stands before
 * their events, so a process that dies leaves nothing behind, and the next one reads the events again.
 */
import type { AttemptResult } from './delivery-table.ts';

/**
 * So long an attempt may take and still spare its delivery the second write. Longer, and more would be sent again after a crash; what waits for its
 * row waits for none of it.
 */
export const patienceMs = 1_000;

export interface Unwritten {
  /** The outcome goes with the row. @returns false when the row is on its way without it: it is an update then, once `written` */
  note(result: AttemptResult): boolean;
  /** Resolves when the rows are committed; to false when they never will be, since another process has read on. Never rejects. */
  readonly written: Promise<boolean>;
  readonly isLost: boolean;
}

export interface UnwrittenBatch extends Unwritten {
  /** So many of its deliveries are being attempted. */
  expect(count: number): void;
  /** Those that are attempted have their outcomes. */
  readonly isComplete: boolean;
  readonly outcomes: ReadonlyMap<string, AttemptResult>;
  /** From now on outcomes are too late for the rows. */
  close(): void;
  end(isWritten: boolean): void;
}

export function createUnwrittenBatch(onComplete: () => void): UnwrittenBatch {
  const outcomes = new Map<string, AttemptResult>();
  const { promise: written, resolve } = Promise.withResolvers<boolean>();
  let expected = 0;
  let isClosed = false;
  let isLost = false;
  return {
    written,
    outcomes,
    get isLost() {
      return isLost;
    },
    get isComplete() {
      return outcomes.size >= expected;
    },
    expect(count) {
      expected += count;
    },
    note(result) {
      if (isClosed) return false;
      outcomes.set(result.deliveryId, result);
      if (outcomes.size === expected) onComplete();
      return true;
    },
    close() {
      isClosed = true;
    },
    end(isWritten) {
      isClosed = true;
      isLost = !isWritten;
      resolve(isWritten);
    },
  };
}
