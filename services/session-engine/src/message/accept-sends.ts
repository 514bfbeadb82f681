/**
 * SendMessage commands become accepted messages, in batches: one insert, the events, the acknowledgement. From then on the table is the
 * queue, and the bus owes nothing (docs/adr/0005).
 */
import { busHeaders, type MessageCommand } from '@wam/contracts';
import { type Clock, instantOf, type Logger, type Sealer } from '@wam/service-kit';
import { type Publisher, refuse, type WorkItem } from '@wam/service-kit/nats';
import { isConnectionFailure } from '@wam/service-kit/postgres';
import { type Batcher, createBatcher } from '../batching/create-batcher.ts';
import { untilDone } from '../batching/until-done.ts';
import type { SettleAddress } from '../contacts/lid-numbers.ts';
import { commandAccepted } from '../telemetry.ts';
import { traceAcceptance } from '../traces.ts';
import { acceptedEvent, outcomeEvent, publishMessageEvent } from './message-events.ts';
import { failed, type OutboundMessage, type SendOutcome } from './outbound-message.ts';
import type { AcceptedMessage, OutboundStore } from './outbound-store.ts';
import type { PendingReplies } from './pending-replies.ts';
import { replyOf } from './settle-messages.ts';
import { waMessageIdOf } from './wa-message-id.ts';

export interface SendCommand {
  command: MessageCommand;
  item: WorkItem;
}
export interface AcceptSendsOptions {
  store: OutboundStore;
  publisher: Publisher;
  sealer: Sealer;
  replies: PendingReplies;
  clock: Clock;
  logger: Logger;
  stopping: AbortSignal;
  settleAddress: SettleAddress;
  /** To the session, or to its end when it is too late. */
  dispatch(message: OutboundMessage, answerable: boolean): void;
  /** A message of this session waits in the table; it may be news to the session's lane. */
  revisit(sessionId: string): void;
  deadLetter(item: WorkItem, reason: string): void;
}

export function createAcceptSends(options: AcceptSendsOptions): Batcher<SendCommand> {
  const { store, publisher, sealer, replies, clock, logger, stopping } = options;
  const onError = (error: unknown): void => {
    logger.warn({ reason: String(error) }, 'messages could not be accepted yet');
  };

  const accepted = async ({ command }: SendCommand): Promise<AcceptedMessage> => ({
    messageId: command.data.messageId,
    tenant: command.tenant,
    sessionId: command.data.sessionId,
    waMessageId: waMessageIdOf(command.data.sessionId, command.data.messageId),
    to: await options.settleAddress({ tenant: command.tenant, sessionId: command.data.sessionId }, command.data.to),
    text: command.data.text,
    acceptedAt: command.at,
    notAfterMs: command.notAfter === undefined ? undefined : Date.parse(command.notAfter),
    correlationId: command.correlationId,
    campaignId: command.data.campaignId,
    countedOn: command.countedOn,
  });

  /** What a command finds that came before: the same answer again. */
  function repeat(
    send: SendCommand,
    settledTo: string | undefined,
    found: Awaited<ReturnType<OutboundStore['accept']>>[number],
  ): void {
    const { message, state, failure } = found;
    const replyTo = send.item.headers[busHeaders.replyInbox];
    if (replyTo !== undefined) replies.expect(message.messageId, replyTo);
    const { sessionId, to, text } = send.command.data;
    // Its number may have become known since.
    const isSameRecipient = message.to === to || message.to === settledTo;
    if (message.sessionId !== sessionId || !isSameRecipient || message.text !== text) {
      replies.answer(message.messageId, refuse({ code: 'IDEMPOTENCY_KEY_REUSED' }));
      return;
    }
    if (state !== 'waiting') {
      const outcome: SendOutcome =
        state === 'sent' ? { kind: 'sent' } : failed(failure?.code ?? 'SEND_FAILED', failure?.details);
      replies.answer(message.messageId, replyOf({ message, outcome }));
      // Dropped by the bus unless the event was lost between its storage and the table.
      void untilDone(
        clock,
        stopping,
        () => publishMessageEvent(publisher, outcomeEvent(sealer, message, outcome, instantOf(clock))),
        onError,
      );
    } else {
      options.revisit(sessionId);
    }
  }

  /** Without its event the command comes again, and finds the message accepted. */
  async function confirm({ item }: SendCommand, event: Promise<void>): Promise<void> {
    const isPublished = await event.then(
      () => true,
      () => false,
    );
    // Unconfirmed: a command that comes again finds itself accepted.
    if (isPublished) item.release();
    else item.nak(1_000);
  }

  async function accept(batch: SendCommand[]): Promise<void> {
    const startedAtMs = clock.now();
    const messages = await Promise.all(batch.map(accepted));
    const stored = await store.accept(messages);
    for (const [index, send] of batch.entries()) {
      const entry = stored[index];
      if (!entry) continue;
      // In the order of the log: accepted before whatever becomes of it.
      const event = publishMessageEvent(publisher, acceptedEvent(sealer, entry.message));
      // Not awaited, so that the next batch need not wait; confirm() handles its failures.
      void confirm(send, event);
      if (!entry.isNew) {
        repeat(send, messages[index]?.to, entry);
        continue;
      }
      const replyTo = send.item.headers[busHeaders.replyInbox];
      if (replyTo !== undefined) replies.expect(entry.message.messageId, replyTo);
      traceAcceptance(entry.message, startedAtMs, clock.now());
      commandAccepted(clock.now() - Date.parse(entry.message.acceptedAt));
      options.dispatch(entry.message, replyTo !== undefined);
    }
  }

  return createBatcher<SendCommand>({
    maxSize: 500,
    // A transaction costs as much as fifty rows: at some hundred messages a second this puts several into one.
    lingerMs: 3,
    onError,
    async write(batch) {
      await untilDone(
        clock,
        stopping,
        async () => {
          try {
            await accept(batch);
          } catch (error) {
            // The bus gives them to the next owner.
            if (stopping.aborted) throw error;
            if (isConnectionFailure(error)) {
              for (const { item } of batch) item.working();
              throw error;
            }
            // One of them cannot be stored, ever: find out which, and let the others through.
            for (const send of batch) {
              await accept([send]).catch((cause) => {
                if (stopping.aborted) return;
                if (isConnectionFailure(cause)) send.item.nak(1_000);
                else options.deadLetter(send.item, `cannot be stored: ${String(cause)}`);
              });
            }
          }
        },
        onError,
      );
    },
  });
}
