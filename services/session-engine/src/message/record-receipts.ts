/** Receipts of recipients become MessageDelivered and MessageRead. */
import type { Clock, Logger } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { LRUCache } from 'lru-cache';
import { type Batcher, createBatcher } from '../batching/create-batcher.ts';
import { untilDone } from '../batching/until-done.ts';
import { publishMessageEvent, receiptEvent } from './message-events.ts';
import type { OutboundStore } from './outbound-store.ts';

export interface Receipt {
  kind: 'delivered' | 'read';
  tenant: string;
  sessionId: string;
  waMessageId: string;
  /** When it came. */
  at: string;
}
export interface RecordReceipts {
  batcher: Batcher<Receipt>;
  /** Spares the look-up of a message sent by this process. */
  remember(sessionId: string, waMessageId: string, messageId: string): void;
}

export interface RecordReceiptsOptions {
  store: OutboundStore;
  publisher: Publisher;
  clock: Clock;
  logger: Logger;
  stopping: AbortSignal;
}

export function createRecordReceipts({
  store,
  publisher,
  clock,
  logger,
  stopping,
}: RecordReceiptsOptions): RecordReceipts {
  const known = new LRUCache<string, string>({ max: 50_000 });
  const keyOf = (sessionId: string, waMessageId: string): string => `${sessionId}\0${waMessageId}`;
  const onError = (error: unknown): void => {
    logger.warn({ reason: String(error) }, 'receipts could not be recorded yet');
  };

  async function write(batch: Receipt[]): Promise<void> {
    const unknown = batch.filter((receipt) => !known.has(keyOf(receipt.sessionId, receipt.waMessageId)));
    for (const found of await store.findByWaMessageIds(unknown)) {
      known.set(keyOf(found.sessionId, found.waMessageId), found.messageId);
    }
    // Receipts also come for messages written on the phone itself: those stay unknown.
    const events = batch.flatMap(({ kind, tenant, sessionId, waMessageId, at }) => {
      const messageId = known.get(keyOf(sessionId, waMessageId));
      return messageId === undefined ? [] : receiptEvent(kind, tenant, { sessionId, messageId, waMessageId }, at);
    });
    await Promise.all(events.map((event) => publishMessageEvent(publisher, event)));
  }

  return {
    batcher: createBatcher<Receipt>({
      maxSize: 1_000,
      lingerMs: 25,
      onError,
      async write(batch) {
        await untilDone(clock, stopping, () => write(batch), onError);
      },
    }),
    remember: (sessionId, waMessageId, messageId) => {
      known.set(keyOf(sessionId, waMessageId), messageId);
    },
  };
}
