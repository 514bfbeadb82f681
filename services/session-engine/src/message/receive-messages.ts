/** Messages written to a session become MessageReceived, sealed. */
import type { Clock, Logger, Sealer } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { type Batcher, createBatcher } from '../batching/create-batcher.ts';
import { untilDone } from '../batching/until-done.ts';
import type { IncomingMessage } from '../connection/whatsapp-connection.ts';
import type { SignalWriter } from '../signal-keys/signal-writer.ts';
import { publishMessageEvent, receivedEvent, sealPrivate } from './message-events.ts';
import { receivedMessageIdOf } from './wa-message-id.ts';

export interface Received {
  tenant: string;
  sessionId: string;
  message: IncomingMessage;
  /** When it came. */
  at: string;
}
export interface ReceiveMessagesOptions {
  publisher: Publisher;
  signalWriter: SignalWriter;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
  stopping: AbortSignal;
}

export function createReceiveMessages(options: ReceiveMessagesOptions): Batcher<Received> {
  const { publisher, signalWriter, sealer, clock, logger, stopping } = options;
  const onError = (error: unknown): void => {
    logger.warn({ reason: String(error) }, 'incoming messages could not be recorded yet');
  };
  const eventOf = ({ tenant, sessionId, message, at }: Received) => {
    const { waMessageId, chat, phone, lid, text, kind, offline } = message;
    const messageId = receivedMessageIdOf(sessionId, chat, waMessageId);
    const sealed = sealPrivate(sealer, tenant, messageId, { phone, text, ...(lid === undefined ? {} : { lid }) });
    return receivedEvent(tenant, { sessionId, messageId, waMessageId }, { kind, offline, sealed }, at);
  };
  return createBatcher<Received>({
    maxSize: 500,
    lingerMs: 0,
    onError,
    async write(batch) {
      // The ratchet that decrypted them first: else a repeat after a crash could not be told from a fault.
      await signalWriter.committed();
      const events = batch.map(eventOf);
      await untilDone(
        clock,
        stopping,
        async () => {
          await Promise.all(events.map((event) => publishMessageEvent(publisher, event)));
        },
        onError,
      );
    },
  });
}
