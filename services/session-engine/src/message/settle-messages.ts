/**
 * The end of messages, in batches: Signal state committed, failures decided in the table, event stored, table updated, caller told. In this order.
 */

import type { ServiceReply } from '@wam/contracts';
import type { Clock, Logger, Sealer } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { refuse } from '@wam/service-kit/nats';
import { type Batcher, createBatcher } from '../batching/create-batcher.ts';
import { untilDone } from '../batching/until-done.ts';
import type { OwnedSession, Ownership } from '../ownership/tenures.ts';
import type { SignalWriter } from '../signal-keys/signal-writer.ts';
import { messageFailed, messageSent } from '../telemetry.ts';
import { traceSend } from '../traces.ts';
import { outcomeEvent, publishMessageEvent } from './message-events.ts';
import type { Failure, OutboundMessage, SendOutcome } from './outbound-message.ts';
import type { OutboundStore } from './outbound-store.ts';
import type { PendingReplies } from './pending-replies.ts';

export interface SettleMessagesOptions {
  store: OutboundStore;
  publisher: Publisher;
  signalWriter: SignalWriter;
  sealer: Sealer;
  replies: PendingReplies;
  clock: Clock;
  logger: Logger;
  stopping: AbortSignal;
  ownership: Pick<Ownership, 'holds' | 'mayAct'>;
  /** Its end is in the log and in the table: receipts may follow. */
  ended(message: OutboundMessage): void;
}
export interface Settlement {
  /** Under whose epoch it is told. */
  owned: OwnedSession;
  message: OutboundMessage;
  outcome: SendOutcome;
  /** When the end was known, for example when the acknowledgement came; recording it takes longer. */
  at: string;
}

/** A message that failed is stored and can be sent again: its id is in the refusal too. */
export function replyOf({ message: { messageId }, outcome }: Pick<Settlement, 'message' | 'outcome'>): ServiceReply {
  if (outcome.kind === 'failed') return refuse({ ...outcome, details: { ...outcome.details, messageId } });
  const body = { success: true, message: 'Message sent successfully', messageId, status: 'sent' };
  return { ok: true, status: 200, body };
}

function messageEnded({ message, outcome, at }: Settlement): void {
  if (outcome.kind === 'sent') messageSent(Date.parse(at) - Date.parse(message.acceptedAt));
  else messageFailed(outcome.code);
}

const isFailure = (settlement: Settlement): settlement is Settlement & { outcome: Failure } =>
  settlement.outcome.kind === 'failed';

export function createSettleMessages(options: SettleMessagesOptions): Batcher<Settlement> {
  const { store, publisher, signalWriter, sealer, replies, clock, logger, stopping, ownership } = options;
  const onError = (error: unknown): void => {
    logger.warn({ reason: String(error) }, 'the end of some messages could not be recorded yet');
  };
  /**
   * A failure that is told before the table has it could be one of a message that the next owner finds waiting, and sends. A send needs no such
   * care: the next owner sends it again under the same id, and tells the same.
   */
  async function asDecided(settlements: Settlement[]): Promise<Settlement[]> {
    const failures = settlements.filter(isFailure);
    if (failures.length === 0) return settlements;
    const decided = await store.decide(
      failures.map(({ owned, message, outcome }) => ({ owned, messageId: message.messageId, outcome })),
    );
    return settlements.flatMap((settlement) => {
      if (!isFailure(settlement)) return [settlement];
      const outcome = decided.get(settlement.message.messageId);
      return outcome === undefined ? [] : [{ ...settlement, outcome }];
    });
  }

  return createBatcher<Settlement>({
    maxSize: 1_000,
    // The acknowledgements of a burst come within some milliseconds, and each batch costs two transactions.
    lingerMs: 5,
    onError,
    async write(batch) {
      // Nobody hears of a send whose keys could still be lost (docs/adr/0004).
      await signalWriter.committed();
      let ours: Settlement[] = [];
      const recorded = await untilDone(
        clock,
        stopping,
        async () => {
          // Their end is the new owner's to tell.
          ours = batch.filter(({ owned }) => ownership.holds(owned));
          if (ours.length > 0 && !ownership.mayAct()) throw new Error('the lease is in suspense');
          ours = await asDecided(ours);
          await Promise.all(
            ours.map(({ message, outcome, at }) =>
              publishMessageEvent(publisher, outcomeEvent(sealer, message, outcome, at)),
            ),
          );
        },
        onError,
      );
      // Not told and not finished: the next owner finds these waiting in the table, and sends them again under the same ids.
      if (!recorded) return;
      // Before the answer: a message that somebody was told about is never sent again, whatever dies next.
      await untilDone(
        clock,
        stopping,
        () =>
          store.finish(ours.map(({ owned, message, outcome }) => ({ owned, messageId: message.messageId, outcome }))),
        onError,
      );
      for (const settlement of ours) {
        messageEnded(settlement);
        traceSend(settlement);
        options.ended(settlement.message);
        replies.answer(settlement.message.messageId, replyOf(settlement));
      }
    },
  });
}
