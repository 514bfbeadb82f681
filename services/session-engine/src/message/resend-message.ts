/** A failed message again: its text and recipient become a new message, which goes the way of all others. */
import { busHeaders, type ResendCommand } from '@wam/contracts';
import { type Clock, instantOf, type Sealer } from '@wam/service-kit';
import { type Publisher, refuse, type WorkItem } from '@wam/service-kit/nats';
import type { Batcher } from '../batching/create-batcher.ts';
import type { SendCommand } from './accept-sends.ts';
import { outcomeEvent, publishMessageEvent } from './message-events.ts';
import { failed } from './outbound-message.ts';
import type { OutboundStore } from './outbound-store.ts';
import type { PendingReplies } from './pending-replies.ts';
import { answerableForMs } from './route-send.ts';
import { unstoredMessage } from './unstored-message.ts';

export interface ResendMessageOptions {
  store: Pick<OutboundStore, 'find'>;
  sends: Pick<Batcher<SendCommand>, 'add'>;
  publisher: Publisher;
  sealer: Sealer;
  replies: Pick<PendingReplies, 'expect' | 'answer'>;
  clock: Clock;
}

/** Rejects when the database or the bus is away: the command has to come again. */
export type ResendMessage = (command: ResendCommand, item: WorkItem) => Promise<void>;

export function createResendMessage(options: ResendMessageOptions): ResendMessage {
  const { store, sends, publisher, sealer, replies, clock } = options;

  /** Told to the caller while there is one; afterwards somebody holds a 202 for this id, and its end belongs into the log. */
  async function refuseResend(command: ResendCommand, item: WorkItem): Promise<void> {
    const { tenant, correlationId, at: acceptedAt } = command;
    const { sessionId, messageId } = command.data;
    const outcome = failed('MESSAGE_NOT_RESENDABLE');
    const replyTo = item.headers[busHeaders.replyInbox];
    if (replyTo !== undefined) {
      replies.expect(messageId, replyTo);
      replies.answer(messageId, refuse({ code: 'MESSAGE_NOT_RESENDABLE' }));
    }
    if (replyTo === undefined || clock.now() - Date.parse(acceptedAt) >= answerableForMs) {
      // Whom it was for is not known any more.
      const nothing = { to: '', text: '', campaignId: undefined };
      // Where somebody was told, the gateway gives it back.
      const countedOn = replyTo === undefined ? command.countedOn : undefined;
      const message = unstoredMessage({
        messageId,
        tenant,
        sessionId,
        acceptedAt,
        correlationId,
        countedOn,
        ...nothing,
      });
      await publishMessageEvent(publisher, outcomeEvent(sealer, message, outcome, instantOf(clock)));
    }
    await item.ack();
  }

  return async (command, item) => {
    const { sessionId, messageId, resendOf } = command.data;
    const stored = await store.find({ tenant: command.tenant, sessionId, messageId: resendOf });
    // Without a number its contact was erased.
    if (stored?.state !== 'failed' || stored.message.to === '') return refuseResend(command, item);
    const { to, text } = stored.message;
    sends.add({ command: { ...command, type: 'SendMessage', data: { sessionId, messageId, to, text } }, item });
  };
}
