/** What of a webhook can be sent next, out of a page that was read. Pure. */
import type { DueDelivery } from './delivery-table.ts';

export interface DeliveryQueue {
  readonly size: number;
  /** Memory that the bodies of what is in the queue take, about. */
  readonly bytes: number;
  /** Read now and not in the queue before. */
  add(deliveries: readonly DueDelivery[]): void;
  take(nowMs: number): DueDelivery | undefined;
  /**
   * It has ended for good, or will be tried again at `retryAt`, and that is committed.
   * @returns whether there may be something to read that could not be read before
   */
  settle(delivery: DueDelivery, retryAt: number | undefined): boolean;
  /** Sessions that wait for a next attempt may have something due. */
  reopen(): void;
  /** Whether it is in the queue or under way. Of a webhook without order. */
  has(id: string): boolean;
  /** Ids that must not be read again: in the queue or under way. */
  ids(): string[];
  /** Of an ordered webhook: sessions that must not be read. */
  closedSessions(nowMs: number): (string | null)[];
  /** Of an ordered webhook: when the first of those that wait for a next attempt may be read again. Epoch ms. */
  readonly reopensAt: number | undefined;
}

/** Any order: what is due goes out. */
export function createUnorderedQueue(): DeliveryQueue {
  let queue: DueDelivery[] = [];
  let next = 0;
  let bytes = 0;
  /** In the queue or under way. */
  const held = new Set<string>();
  return {
    get size() {
      return queue.length - next;
    },
    get bytes() {
      return bytes;
    },
    add(deliveries) {
      queue = [...queue.slice(next), ...deliveries];
      next = 0;
      for (const { id, body } of deliveries) {
        held.add(id);
        bytes += body.length;
      }
    },
    take() {
      const delivery = queue[next];
      if (delivery === undefined) return undefined;
      next++;
      bytes -= delivery.body.length;
      return delivery;
    },
    settle(delivery, retryAt) {
      held.delete(delivery.id);
      return retryAt !== undefined;
    },
    reopen() {},
    has: (id) => held.has(id),
    ids: () => [...held],
    closedSessions: () => [],
    reopensAt: undefined,
  };
}

/**
 * One at a time per session, in the order of the events. While the first of a session waits for its next attempt, the session is closed:
 * what is behind it waits too.
 */
export function createOrderedQueue(): DeliveryQueue {
  /** Open sessions with what was read of them, oldest first. */
  const lanes = new Map<string | null, DueDelivery[]>();
  const busy = new Set<string | null>();
  const closedUntil = new Map<string | null, number>();
  return {
    get size() {
      // What is behind one that is under way cannot be taken.
      return [...lanes].filter(([session, lane]) => lane.length > 0 && !busy.has(session)).length;
    },
    // Bounded by the page that is read: nothing is handed over to it.
    bytes: 0,
    add(deliveries) {
      for (const delivery of deliveries) {
        const lane = lanes.get(delivery.sessionId);
        if (lane === undefined) lanes.set(delivery.sessionId, [delivery]);
        else lane.push(delivery);
      }
    },
    take(nowMs) {
      for (const [session, lane] of lanes) {
        const [first] = lane;
        if (first === undefined || busy.has(session)) continue;
        if (first.dueAt > nowMs) {
          lanes.delete(session);
          closedUntil.set(session, first.dueAt);
          continue;
        }
        lane.shift();
        busy.add(session);
        // The next turn is another session's.
        lanes.delete(session);
        lanes.set(session, lane);
        return first;
      }
      return undefined;
    },
    settle({ sessionId }, retryAt) {
      busy.delete(sessionId);
      if (retryAt === undefined && (lanes.get(sessionId)?.length ?? 0) > 0) return false;
      lanes.delete(sessionId);
      if (retryAt !== undefined) closedUntil.set(sessionId, retryAt);
      return true;
    },
    reopen() {
      closedUntil.clear();
    },
    has: () => false,
    ids: () => [],
    closedSessions(nowMs) {
      for (const [session, until] of closedUntil) if (until <= nowMs) closedUntil.delete(session);
      // Those with something in hand are read on when it is gone, so that nothing is read twice.
      return [...new Set([...busy, ...lanes.keys(), ...closedUntil.keys()])];
    },
    get reopensAt() {
      return closedUntil.size === 0 ? undefined : Math.min(...closedUntil.values());
    },
  };
}
