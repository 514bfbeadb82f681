/**
 * The messages of one session on their way to the socket: serial, in order of acceptance, pipelined. A next stanza is written as soon
 * as the one before has left, not when the server acknowledged it. What does not fit in memory stays in the table. Somebody may wait for
 * a single message, nobody for one of a campaign: those go when no other is there.
 *
 * A first contact has to be looked up, which can take as long as the server likes. Meanwhile messages to known contacts go on; those to
 * one recipient keep their order.
 */
import type { RecipientCheck, WhatsAppConnection } from '../connection/whatsapp-connection.ts';
import { createLaneQueue } from './lane-queue.ts';
import { failed, isExpired, type OutboundMessage, outcomeOfAck, type SendOutcome } from './outbound-message.ts';

export interface SendLane {
  /** Takes the message up now, or leaves it in the table until there is room. */
  offer(message: OutboundMessage): void;
  /** Its end is told elsewhere: a copy that came from the table is not sent. */
  leaveOut(messageId: string): void;
  /** There may be messages in the table that this process has not seen. */
  expectBacklog(): void;
  opened(connection: WhatsAppConnection): void;
  /** What was written but not acknowledged is sent again, first and under the same ids, on the next connection. */
  closed(): void;
  acknowledged(waMessageId: string, errorCode?: number): void;
  /** A receipt came for it: proof that the server has it, also when its acknowledgement was never seen. */
  arrived(waMessageId: string): void;
  /** To be called every second or so: gives up operations that hang and acknowledgements that never came. */
  sweep(nowMs: number): void;
  /** Ids of messages whose stanza left and whose fate is open: they may still be acknowledged. */
  unacknowledged(): string[];
  /** No further stanza; resolves when what was written is acknowledged, or its connection closed. */
  stop(): Promise<void>;
}

export interface SendLaneOptions {
  capacity: number;
  loadWaiting(afterPosition: number, limit: number): Promise<OutboundMessage[]>;
  settle(message: OutboundMessage, outcome: SendOutcome): void;
  /** Whether a stanza may be written now. While not, the lane waits for the next sweep. */
  mayWrite(): boolean;
  nowMs(): number;
  onError(error: unknown): void;
}

/** With `abandon` its outcome is `abandoned`, whatever becomes of it. */
interface Operation {
  abandon(): void;
  sinceMs: number;
}

const maxAttempts = 5;
const maxUnansweredChecks = 3;
/** A hung operation ends here; Baileys' own queries give up after 10 s each, and a first contact takes two of them. */
const operationTimeoutMs = 25_000;
/** The stanza is written again when the server stayed silent for so long on a connection that otherwise works. */
const ackTimeoutMs = 40_000;
/**
 * Stanzas between two looks at the network. A tight loop would starve the reading side: 577 ms to the first of 300 acks instead of 2 ms
 * (protocol reference, section 7). A few in a row leave in one system call.
 */
const burst = 8;
/** More unacknowledged stanzas than this and the server, or the line, does not keep up. */
const maxUnacknowledged = 1_000;

export function createSendLane(options: SendLaneOptions): SendLane {
  const { capacity, loadWaiting, settle, mayWrite, nowMs, onError } = options;
  const queue = createLaneQueue({ capacity, loadWaiting, onFilled: run, onError });
  const written = new Map<string, { message: OutboundMessage; atMs: number }>();
  let connection: WhatsAppConnection | undefined;
  let pumping = false;
  let stopping = false;
  /** There was something to do while the pump was at work; it may have looked before. */
  let pumpAgain = false;
  /** Who waits until nothing is under way. */
  let resting: (() => void)[] = [];
  /** The stanza being written, to be abandoned when the connection closes or it takes too long: after some closes it would hang. */
  let current: Operation | undefined;
  /** The one first contact that is looked up, and with it those behind; its message is in no queue. Abandoned in the same way. */
  let lookUp: (Operation & { message: OutboundMessage }) | undefined;
  /** Found on this connection: what comes next is the stanza, whatever becomes of the cache. */
  const found = new Set<OutboundMessage>();
  const pauses = new Set<() => void>();

  const finish = (message: OutboundMessage, outcome: SendOutcome): void => {
    if (message.settled) return;
    message.settled = true;
    settle(message, message.decided ?? outcome);
  };

  const end = (message: OutboundMessage, outcome: SendOutcome): void => {
    const full = written.size >= maxUnacknowledged;
    written.delete(message.waMessageId);
    finish(message, outcome);
    if (full) run();
    rest();
  };
  function rest(): void {
    if (pumping || written.size > 0) return;
    for (const resolve of resting) resolve();
    resting = [];
  }

  const needsLookUp = (message: OutboundMessage, via: WhatsAppConnection): boolean =>
    !found.has(message) && !via.knows(message.to);

  const mayGo =
    (via: WhatsAppConnection) =>
    (message: OutboundMessage): boolean =>
      !lookUp || (message.to !== lookUp.message.to && !needsLookUp(message, via));

  const abandonable = <T>(operation: Promise<T>): Operation & { outcome: Promise<T | 'abandoned'> } => {
    const { promise, resolve, reject } = Promise.withResolvers<T | 'abandoned'>();
    operation.then(resolve, reject);
    return { outcome: promise, abandon: () => resolve('abandoned'), sinceMs: nowMs() };
  };

  const upcoming = (): string[] => queue.all().map(({ to }) => to);

  async function lookUpRecipient(message: OutboundMessage, via: WhatsAppConnection): Promise<void> {
    const asked = { message, ...abandonable(via.checkRecipient(message.to, upcoming)) };
    lookUp = asked;
    const next = await asked.outcome.then(
      (check) => afterLookUp(message, check),
      (error) => afterFailedLookUp(message, error),
    );
    if (next === 'again' && lookUp === asked) await pause();
    // closed() has put it back into the queue already.
    if (lookUp !== asked) return;
    lookUp = undefined;
    if (next === 'write') found.add(message);
    if (next !== 'end') queue.putBack(message);
    run();
  }
  function afterLookUp(message: OutboundMessage, check: RecipientCheck | 'abandoned'): 'write' | 'again' | 'end' {
    if (check === 'reachable') return 'write';
    if (check === 'not-on-whatsapp') finish(message, failed('NOT_ON_WHATSAPP'));
    else if (lookUp?.message !== message || ++message.unansweredChecks < maxUnansweredChecks) return 'again';
    else finish(message, failed('SEND_FAILED'));
    return 'end';
  }
  function afterFailedLookUp(message: OutboundMessage, error: unknown): 'again' | 'end' {
    // A close in the middle rejects with a number, before its event comes: not the message's fault.
    if (typeof error === 'number' || lookUp?.message !== message) return 'again';
    if (++message.unansweredChecks < maxAttempts) return 'again';
    onError(error);
    finish(message, failed('SEND_FAILED'));
    return 'end';
  }

  /** False when the message has to be tried again on another connection. */
  async function deliver(message: OutboundMessage, via: WhatsAppConnection): Promise<boolean> {
    try {
      message.attempts += 1;
      message.writtenAtMs ??= nowMs();
      // Before the write: the acknowledgement may overtake the resolution of the promise.
      written.set(message.waMessageId, { message, atMs: nowMs() });
      const sending = abandonable(via.sendText(message.to, message.text, message.waMessageId));
      current = sending;
      await sending.outcome;
      // Abandoned or not, it may have left: an acknowledgement, the close or the sweep decides.
      return true;
    } catch (error) {
      // closed() has put what was written back into the queue already.
      if (connection !== via) return true;
      written.delete(message.waMessageId);
      // A close in the middle rejects with a number, before its event comes: not the message's fault.
      if (typeof error === 'number') return false;
      if (message.attempts < maxAttempts && ++message.unansweredChecks < maxAttempts) return false;
      onError(error);
      finish(message, failed('SEND_FAILED'));
      return true;
    } finally {
      current = undefined;
    }
  }

  async function pump(): Promise<void> {
    let sinceYield = 0;
    while (!stopping && connection && mayWrite()) {
      queue.refill();
      const via = connection;
      const message = written.size < maxUnacknowledged ? queue.take(mayGo(via)) : undefined;
      if (!message) break;
      if (message.settled) continue;
      if (message.decided) {
        finish(message, message.decided);
        continue;
      }
      // Its end is told by whoever watches the deadlines of the whole table.
      if (isExpired(message, nowMs())) continue;
      if (message.attempts >= maxAttempts) {
        finish(message, failed('SEND_FAILED'));
        continue;
      }
      if (needsLookUp(message, via)) {
        void lookUpRecipient(message, via);
        continue;
      }
      found.delete(message);
      const done = await deliver(message, via);
      if (!done && !message.settled) {
        queue.putBack(message);
        // The close that made it fail is reported within a moment; do not spin until then.
        if (connection === via) await pause();
      }
      if (++sinceYield < burst) continue;
      sinceYield = 0;
      await new Promise(setImmediate);
    }
  }
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, 250);
      pauses.add(end);
    });
  const wake = (): void => {
    for (const end of pauses) end();
  };

  function run(): void {
    pumpAgain = true;
    if (pumping || stopping || !connection || !mayWrite()) return;
    pumping = true;
    pumpAgain = false;
    pump()
      .catch(onError)
      .finally(() => {
        pumping = false;
        rest();
        if (pumpAgain) run();
      });
  }

  return {
    offer(message) {
      queue.offer(message);
      run();
    },
    leaveOut: queue.leaveOut,
    expectBacklog() {
      queue.expectBacklog();
      if (connection) queue.refill();
    },
    opened(via) {
      connection = via;
      queue.refill();
      run();
    },
    closed() {
      connection = undefined;
      current?.abandon();
      const again = [...written.values()].map(({ message }) => message);
      if (lookUp) again.push(lookUp.message);
      queue.putBack(...again.filter(({ settled }) => !settled));
      lookUp?.abandon();
      lookUp = undefined;
      found.clear();
      written.clear();
      wake();
      rest();
    },
    acknowledged(waMessageId, errorCode) {
      const entry = written.get(waMessageId);
      if (entry) end(entry.message, outcomeOfAck(errorCode));
    },
    arrived(waMessageId) {
      const entry = written.get(waMessageId);
      const waiting = lookUp ? [lookUp.message, ...queue.all()] : queue.all();
      const message = entry?.message ?? waiting.find((each) => each.waMessageId === waMessageId);
      if (message) end(message, { kind: 'sent' });
    },
    sweep(now) {
      for (const operation of [current, lookUp])
        if (operation && now - operation.sinceMs > operationTimeoutMs) operation.abandon();
      for (const [waMessageId, { message, atMs }] of written) {
        if (isExpired(message, now)) {
          written.delete(waMessageId);
          finish(message, failed('SEND_FAILED'));
        } else if (now - atMs > ackTimeoutMs) {
          written.delete(waMessageId);
          queue.putBack(message);
        }
      }
      queue.refill();
      run();
      rest();
    },
    unacknowledged: () => [...written.values()].map(({ message }) => message.messageId),
    stop() {
      stopping = true;
      wake();
      return new Promise((resolve) => {
        resting.push(resolve);
        rest();
      });
    },
  };
}
