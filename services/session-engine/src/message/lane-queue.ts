/** What of a session's waiting messages is in memory, in order of acceptance. The rest is in the table, behind the last one taken up. */
import type { OutboundMessage } from './outbound-message.ts';

export interface LaneQueue {
  /** Takes the message up, or leaves it in the table until there is room. Messages are offered in their order. */
  offer(message: OutboundMessage): void;
  /** There may be messages in the table that this process has not seen. */
  expectBacklog(): void;
  /** Reads on in the table when there may be more and there is room for it. */
  refill(): void;
  /** The first message of no campaign that may go, or else the first that may. */
  take(mayGo: (message: OutboundMessage) => boolean): OutboundMessage | undefined;
  /** Its end is told without the queue, which may have read it from the table meanwhile, or be about to. */
  leaveOut(messageId: string): void;
  /** What was taken goes back to its place. */
  putBack(...messages: readonly OutboundMessage[]): void;
  all(): readonly OutboundMessage[];
}
export interface LaneQueueOptions {
  capacity: number;
  loadWaiting(afterPosition: number, limit: number): Promise<OutboundMessage[]>;
  onFilled(): void;
  onError(error: unknown): void;
}

/** Remembered for a reading under way, and until the table has their ends: a moment. */
const maxLeftOut = 1_000;

export function createLaneQueue({ capacity, loadWaiting, onFilled, onError }: LaneQueueOptions): LaneQueue {
  let queue: OutboundMessage[] = [];
  let backlog = false;
  let loading = false;
  /** Position of the last message taken up; everything behind it is in the table only. */
  let cursor = 0;
  const leftOut = new Set<string>();

  function add(message: OutboundMessage): void {
    cursor = message.position;
    if (!leftOut.has(message.messageId)) queue.push(message);
  }
  async function load(limit: number): Promise<void> {
    loading = true;
    backlog = false;
    try {
      const messages = await loadWaiting(cursor, limit);
      for (const message of messages) add(message);
      if (messages.length === limit) backlog = true;
    } catch (error) {
      // Whoever asks for the next refill tries again.
      backlog = true;
      return onError(error);
    } finally {
      loading = false;
    }
    onFilled();
  }
  function refill(): void {
    // load() handles its failures.
    if (backlog && !loading && queue.length <= capacity / 2) void load(capacity - queue.length);
  }

  return {
    offer(message) {
      // Read from the table before its acceptance was heard of.
      if (message.position <= cursor) return;
      if (!backlog && !loading && queue.length < capacity) return add(message);
      backlog = true;
      refill();
    },
    expectBacklog() {
      backlog = true;
    },
    refill,
    take(mayGo) {
      let next = -1;
      // There are some dozen messages here, so that looking past them is cheap.
      for (const [index, message] of queue.entries()) {
        if (!mayGo(message)) continue;
        if (message.campaignId === undefined) return queue.splice(index, 1)[0];
        if (next < 0) next = index;
      }
      return next < 0 ? undefined : queue.splice(next, 1)[0];
    },
    leaveOut(messageId) {
      queue = queue.filter((message) => message.messageId !== messageId);
      leftOut.add(messageId);
      if (leftOut.size > maxLeftOut) for (const oldest of leftOut) return void leftOut.delete(oldest);
    },
    putBack(...messages) {
      queue = [...messages, ...queue].sort((a, b) => a.position - b.position);
    },
    all: () => queue,
  };
}
