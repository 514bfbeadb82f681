/**
 * Messages written to a session become MessageReceived, sealed. WhatsApp forgets a message once it is confirmed, so its event is stored
 * beside the keys that decrypted it, in the same commit, before that (docs/adr/0004); from there it is published.
 */
import type { MessageEvent, MessagePrivate, MessageReference } from '@wam/contracts';
import { type Clock, instantOf, type Logger, type Sealer } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { createBatcher } from '../batching/create-batcher.ts';
import { untilDone } from '../batching/until-done.ts';
import type { IncomingMessage, ReferencedMessage } from '../connection/whatsapp-connection.ts';
import type { Ownership } from '../ownership/tenures.ts';
import type { SignalSession, SignalWriter } from '../signal-keys/signal-writer.ts';
import type { EventOutbox, OutboxEvent } from './event-outbox.ts';
import { publishMessageEvent, receivedEvent, sealPrivate } from './message-events.ts';
import type { OutboundStore } from './outbound-store.ts';
import { receivedMessageIdOf } from './wa-message-id.ts';

export interface ReceiveMessages {
  /**
   * Resolves when the events are stored: from then on the messages may be confirmed. Rejects when they are not, because another engine
   * has the session.
   */
  take(session: SignalSession, messages: readonly IncomingMessage[]): Promise<void>;
  /** Publishes what an earlier owner stored and could not publish. */
  recover(session: SignalSession): Promise<void>;
  /** Resolves when everything taken so far is published. */
  idle(): Promise<void>;
}
export interface ReceiveMessagesOptions {
  store: Pick<OutboundStore, 'findByWaMessageIds'>;
  outbox: EventOutbox;
  publisher: Publisher;
  signalWriter: SignalWriter;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
  stopping: AbortSignal;
  ownership: Pick<Ownership, 'holds'>;
}

export function createReceiveMessages(options: ReceiveMessagesOptions): ReceiveMessages {
  const { store, outbox, publisher, signalWriter, sealer, clock, logger, stopping, ownership } = options;
  const onError = (error: unknown): void => {
    logger.warn({ reason: String(error) }, 'incoming messages could not be recorded yet');
  };
  const publishing = createBatcher<OutboxEvent>({
    maxSize: 500,
    lingerMs: 0,
    onError,
    async write(batch) {
      const publish = () => Promise.all(batch.map(({ event }) => publishMessageEvent(publisher, event)));
      if (!(await untilDone(clock, stopping, async () => void (await publish()), onError))) return;
      // What stays because of a crash here is published again under the same id.
      await untilDone(clock, stopping, () => outbox.remove(batch), onError);
    },
  });

  /** Our ids of messages that others are about: derived for theirs, looked up for ours. */
  async function referencesOf(
    { sessionId }: SignalSession,
    { chat, target, replyTo }: IncomingMessage,
  ): Promise<{ target?: MessageReference; replyTo?: MessageReference }> {
    const ours = [target, replyTo].filter((each) => each?.ofSession).map((each) => each?.waMessageId ?? '');
    const found =
      ours.length === 0 ? [] : await store.findByWaMessageIds(ours.map((waMessageId) => ({ sessionId, waMessageId })));
    const idOf = ({ waMessageId, ofSession }: ReferencedMessage): string | undefined =>
      ofSession
        ? found.find((each) => each.waMessageId === waMessageId)?.messageId
        : receivedMessageIdOf(sessionId, chat, waMessageId);
    const referenceOf = (to: ReferencedMessage): MessageReference => {
      const messageId = idOf(to);
      return { waMessageId: to.waMessageId, ...(messageId === undefined ? {} : { messageId }) };
    };
    return {
      ...(target === undefined ? {} : { target: referenceOf(target) }),
      ...(replyTo === undefined ? {} : { replyTo: referenceOf(replyTo) }),
    };
  }

  async function eventOf(session: SignalSession, message: IncomingMessage, at: string): Promise<MessageEvent> {
    const { tenant, sessionId } = session;
    const { waMessageId, chat, kind, offline, writtenAt, media } = message;
    const messageId = receivedMessageIdOf(sessionId, chat, waMessageId);
    return receivedEvent(
      tenant,
      { sessionId, messageId, waMessageId },
      {
        kind,
        offline,
        ...(writtenAt === undefined ? {} : { writtenAt }),
        ...(media === undefined ? {} : { media }),
        ...(await referencesOf(session, message)),
        sealed: sealPrivate(sealer, tenant, messageId, privateOf(message)),
      },
      at,
    );
  }

  return {
    async take(session, messages) {
      const at = instantOf(clock);
      const events: OutboxEvent[] = [];
      for (const message of messages) {
        const event = await eventOf(session, message, at);
        events.push({ sessionId: session.sessionId, event });
        signalWriter.putEvent(session, event.id, JSON.stringify(event));
      }
      await signalWriter.committed();
      if (!ownership.holds(session)) throw new Error('another engine has the session');
      for (const event of events) publishing.add(event);
    },
    async recover({ sessionId }) {
      for (const event of await outbox.ofSession(sessionId)) publishing.add(event);
    },
    idle: () => publishing.idle(),
  };
}

function privateOf({
  phone,
  text,
  lid,
  pushName,
  group,
  fileName,
  location,
  contacts,
}: IncomingMessage): MessagePrivate {
  const optional = { lid, pushName, group, fileName, location, contacts };
  const known = Object.entries(optional).filter(([, value]) => value !== undefined);
  return { phone, text, ...Object.fromEntries(known) };
}
