/** Receipts of recipients become MessageDelivered and MessageRead, behind the end of their message. */
import type { Clock, Logger } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { LRUCache } from 'lru-cache';
import { createBatcher } from '../batching/create-batcher.ts';
import { untilDone } from '../batching/until-done.ts';
import { publishMessageEvent, receiptEvent } from './message-events.ts';
import type { OutboundMessage } from './outbound-message.ts';
import type { OutboundStore } from './outbound-store.ts';
import {
  afterEnd,
  afterReceipt,
  ofEndedMessage,
  ofNewMessage,
  type ReceiptKind,
  type ReceiptProgress,
  type Step,
  type Told,
} from './receipt-progress.ts';

export interface Receipt {
  kind: ReceiptKind;
  tenant: string;
  sessionId: string;
  waMessageId: string;
  /** When it came. */
  at: string;
}
type MessageOfReceipts = Pick<OutboundMessage, 'tenant' | 'sessionId' | 'messageId' | 'waMessageId'>;
export interface RecordReceipts {
  add(receipt: Receipt): void;
  /** Resolves when everything added so far is in the log, but for what waits for the end of its message. */
  idle(): Promise<void>;
  /** A message of this process is on its way: spares the look-up. */
  accepted(message: MessageOfReceipts): void;
  /** The log says that it was sent, or failed. */
  ended(message: MessageOfReceipts): void;
}

export interface RecordReceiptsOptions {
  store: Pick<OutboundStore, 'findByWaMessageIds'>;
  publisher: Publisher;
  clock: Clock;
  logger: Logger;
  stopping: AbortSignal;
}

interface Known {
  readonly messageId: string;
  progress: ReceiptProgress;
}
interface Tell extends Step {
  message: MessageOfReceipts;
}
type Work = { receipt: Receipt } | { tell: Tell };

const maxKnown = 50_000;

export function createRecordReceipts(options: RecordReceiptsOptions): RecordReceipts {
  const { store, publisher, clock, logger, stopping } = options;
  const known = new LRUCache<string, Known>({ max: maxKnown });
  const keyOf = ({ sessionId, waMessageId }: Pick<Receipt, 'sessionId' | 'waMessageId'>): string =>
    `${sessionId}\0${waMessageId}`;
  /** What is known of it already stays: its end may have been told during a look-up. */
  function note(message: Omit<MessageOfReceipts, 'tenant'>, progress: ReceiptProgress): Known {
    const key = keyOf(message);
    const entry = known.get(key) ?? { messageId: message.messageId, progress };
    known.set(key, entry);
    return entry;
  }
  const onError = (error: unknown): void => {
    logger.warn({ reason: String(error) }, 'receipts could not be recorded yet');
  };

  /** Looks up the messages of other processes. Receipts also come for messages written on the phone itself: those stay unknown. */
  async function meet(receipts: readonly Receipt[]): Promise<void> {
    const unknown = receipts.filter((receipt) => !known.has(keyOf(receipt)));
    for (const found of await store.findByWaMessageIds(unknown)) {
      note(found, found.state === 'waiting' ? ofNewMessage : ofEndedMessage);
    }
  }
  function advance(entry: Known, { progress, tell }: Told, message: Omit<MessageOfReceipts, 'messageId'>): Tell[] {
    entry.progress = progress;
    const { messageId } = entry;
    return tell.map((step) => ({ ...step, message: { ...message, messageId } }));
  }
  const take = (receipt: Receipt): Tell[] => {
    const entry = known.get(keyOf(receipt));
    return entry === undefined ? [] : advance(entry, afterReceipt(entry.progress, receipt), receipt);
  };
  const publish = (tells: readonly Tell[], wanted: ReceiptKind): Promise<unknown> =>
    Promise.all(
      tells.flatMap(({ kind, at, message: { tenant, sessionId, messageId, waMessageId } }) =>
        kind === wanted
          ? publishMessageEvent(publisher, receiptEvent(kind, tenant, { sessionId, messageId, waMessageId }, at))
          : [],
      ),
    );

  const batcher = createBatcher<Work>({
    maxSize: 1_000,
    lingerMs: 25,
    onError,
    async write(batch) {
      const receipts = batch.flatMap((work) => ('receipt' in work ? work.receipt : []));
      if (!(await untilDone(clock, stopping, () => meet(receipts), onError))) return;
      const tells = batch.flatMap((work) => ('tell' in work ? work.tell : take(work.receipt)));
      // One after the other, so that a delivery that has to be published again does not come behind the reading.
      await untilDone(clock, stopping, async () => void (await publish(tells, 'delivered')), onError);
      await untilDone(clock, stopping, async () => void (await publish(tells, 'read')), onError);
    },
  });

  return {
    add: (receipt) => batcher.add({ receipt }),
    idle: () => batcher.idle(),
    accepted(message) {
      note(message, ofNewMessage);
    },
    ended(message) {
      const entry = note(message, ofNewMessage);
      for (const tell of advance(entry, afterEnd(entry.progress), message)) batcher.add({ tell });
    },
  };
}
