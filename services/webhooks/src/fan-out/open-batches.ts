/**
 * Batches of the log that were fanned out and are not in the table yet, in order. Most of what they hold is being sent meanwhile. Pure but for the
 * timer that ends the patience.
 */
import type { NewDelivery } from '../delivery/delivery-table.ts';
import { createUnwrittenBatch, patienceMs, type UnwrittenBatch } from '../delivery/unwritten.ts';
import type { SessionChanges } from './session-book.ts';

export interface OpenBatch {
  /** The checkpoint before and after it. */
  fromSeq: number;
  toSeq: number;
  deliveries: readonly NewDelivery[];
  /** Those that nobody here attempts before they are written. */
  waiting: readonly NewDelivery[];
  sessions: SessionChanges;
  /** Accounts whose plan changed, and whether it has webhooks now. */
  plans: ReadonlyMap<string, boolean>;
  unwritten: UnwrittenBatch;
  /** Attempts took longer than there is patience for. */
  isOverdue: boolean;
}

export interface OpenBatches {
  /** @param offer gives to who can attempt them at once; answers the others */
  add(
    batch: Omit<OpenBatch, 'waiting' | 'unwritten' | 'isOverdue'>,
    offer: (deliveries: readonly NewDelivery[], unwritten: UnwrittenBatch) => readonly NewDelivery[],
  ): OpenBatch;
  /** From the first on, without a gap: what can be written now. Outcomes that come later are too late for these. */
  ripe(): readonly OpenBatch[];
  /** These were the first. */
  written(batches: readonly OpenBatch[]): void;
  /** None of them will be written by this process. */
  lose(): void;
  /** Where the checkpoint stands before the first of them; undefined without any. */
  readonly fromSeq: number | undefined;
  readonly toSeq: number | undefined;
  /** Deliveries of all of them. */
  readonly size: number;
  /** Whose they are. */
  readonly tenants: readonly string[];
  /** No more patience: attempts hold up what comes after them. */
  press(): void;
}

/** @param onRipe there may be something to write */
export function createOpenBatches(onRipe: () => void): OpenBatches {
  const batches: OpenBatch[] = [];
  /** Up to this sequence everything is written now, whatever is under way. */
  let pressedTo = 0;
  const timers = new Map<OpenBatch, NodeJS.Timeout>();

  function press(batch: OpenBatch): void {
    pressedTo = Math.max(pressedTo, batch.toSeq);
    onRipe();
  }
  function remove(count: number, isWritten: boolean): void {
    for (const batch of batches.splice(0, count)) {
      clearTimeout(timers.get(batch));
      timers.delete(batch);
      batch.unwritten.end(isWritten);
    }
  }
  return {
    add(given, offer) {
      const unwritten = createUnwrittenBatch(onRipe);
      unwritten.expect(given.deliveries.length);
      const waiting = offer(given.deliveries, unwritten);
      unwritten.expect(-waiting.length);
      const batch: OpenBatch = { ...given, waiting, unwritten, isOverdue: false };
      batches.push(batch);
      if (waiting.length > 0 || given.plans.size > 0) press(batch);
      else if (unwritten.isComplete) onRipe();
      else
        timers.set(
          batch,
          setTimeout(() => {
            batch.isOverdue = true;
            press(batch);
          }, patienceMs),
        );
      return batch;
    },
    ripe() {
      let count = 0;
      while (count < batches.length) {
        const { toSeq, unwritten } = batches[count]!;
        if (toSeq > pressedTo && !unwritten.isComplete) break;
        unwritten.close();
        count++;
      }
      return batches.slice(0, count);
    },
    written(given) {
      remove(given.length, true);
    },
    lose() {
      remove(batches.length, false);
      pressedTo = 0;
    },
    get fromSeq() {
      return batches[0]?.fromSeq;
    },
    get toSeq() {
      return batches.at(-1)?.toSeq;
    },
    get size() {
      return batches.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
    },
    get tenants() {
      return [...new Set(batches.flatMap(({ deliveries }) => deliveries.map(({ event }) => event.tenant)))];
    },
    press() {
      for (const batch of batches) batch.isOverdue ||= !batch.unwritten.isComplete;
      const last = batches.at(-1);
      if (last !== undefined) press(last);
    },
  };
}
