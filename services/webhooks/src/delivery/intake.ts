/** What of a webhook's deliveries is in hand: read from the table in pages, or handed over by who has just put it there. */
import { createOrderedQueue, createUnorderedQueue } from './delivery-queue.ts';
import type { DueDelivery } from './delivery-table.ts';

/** A page of what is due. `exceptIds` for webhooks without order, `exceptSessions` for those with. */
export interface PageWanted {
  ordered: boolean;
  nowMs: number;
  limit: number;
  exceptIds: readonly string[];
  exceptSessions: readonly (string | null)[];
}

export interface Intake {
  /** How many can be taken now. */
  readonly size: number;
  /** Memory that their bodies take, about. */
  readonly bytes: number;
  /** The table may have something due that is not in hand. */
  readonly mayHaveMore: boolean;
  take(nowMs: number): DueDelivery | undefined;
  /** It has ended for good, or will be tried again at `retryAt`, and that is committed. */
  settle(delivery: DueDelivery, retryAt: number | undefined): void;
  /**
   * These were just committed. They go to the end of the queue when that is the end of the table too: what waits there is older. Otherwise
   * they are read from it later, like everything for a webhook with order.
   */
  offer(deliveries: readonly DueDelivery[]): void;
  /** These are not in the table. @returns false when they cannot be taken at once: older ones wait there, or there is no room */
  accept(deliveries: readonly DueDelivery[]): boolean;
  /** Somebody else may have put something there, or something may have become due. */
  stir(): void;
  /** Somebody may have sent again what waits for its next attempt. */
  reopen(): void;
  /** What is in hand goes back to the table. Nothing is taken until what was taken before has ended: it kept another order. */
  changeOrder(ordered: boolean): void;
  /** Of a webhook with order that was read to its end: when it has something due again. Epoch ms. */
  readonly reopensAt: number | undefined;
  /** One page; not while another reading goes on. Rejects when the table cannot be read: then it may have more still. */
  read(limit: number, nowMs: number): Promise<void>;
}

/** In hand at most. */
const maxInHand = 5_000;

export function createIntake(ordered: boolean, readPage: (page: PageWanted) => Promise<DueDelivery[]>): Intake {
  let queue = ordered ? createOrderedQueue() : createUnorderedQueue();
  let mayHaveMore = true;
  /** While the table is read: what came meanwhile. It may be among what is read. */
  let offered: DueDelivery[] | undefined;
  /** Taken and not settled. */
  let taken = 0;
  /** Some of them were taken in another order. */
  let isDraining = false;

  return {
    get size() {
      return isDraining ? 0 : queue.size;
    },
    get bytes() {
      return queue.bytes;
    },
    get mayHaveMore() {
      return mayHaveMore && !isDraining;
    },
    get reopensAt() {
      return queue.reopensAt;
    },
    take(nowMs) {
      const delivery = isDraining ? undefined : queue.take(nowMs);
      if (delivery !== undefined) taken++;
      return delivery;
    },
    settle(delivery, retryAt) {
      taken--;
      if (isDraining) isDraining = taken > 0;
      else if (queue.settle(delivery, retryAt)) mayHaveMore = true;
    },
    offer(deliveries) {
      const fits = queue.size + (offered?.length ?? 0) + deliveries.length <= maxInHand;
      if (ordered || mayHaveMore || !fits) mayHaveMore = true;
      // A reading can have overtaken the news of the commit.
      else if (offered === undefined) queue.add(deliveries.filter(({ id }) => !queue.has(id)));
      else offered.push(...deliveries);
    },
    accept(deliveries) {
      if (ordered || mayHaveMore || offered !== undefined || queue.size + deliveries.length > maxInHand) return false;
      queue.add(deliveries);
      return true;
    },
    stir() {
      mayHaveMore = true;
    },
    reopen() {
      queue.reopen();
      mayHaveMore = true;
    },
    changeOrder(next) {
      if (next === ordered) return;
      ordered = next;
      queue = ordered ? createOrderedQueue() : createUnorderedQueue();
      mayHaveMore = true;
      isDraining = taken > 0;
    },
    async read(limit, nowMs) {
      const into = queue;
      mayHaveMore = false;
      offered = [];
      try {
        const except = { exceptIds: into.ids(), exceptSessions: into.closedSessions(nowMs) };
        const found = await readPage({ ordered, nowMs, limit, ...except });
        // Its owner may have changed the order meanwhile: then this was the wrong question.
        const isAll = into === queue && found.length < limit && !mayHaveMore;
        if (into === queue) into.add(found);
        if (isAll) into.add(offered.filter(({ id }) => !into.has(id)));
        else mayHaveMore = true;
      } catch (error) {
        mayHaveMore = true;
        throw error;
      } finally {
        offered = undefined;
      }
    },
  };
}
