import type { NatsConnection } from '@nats-io/transport-node';
import { type AnyEvent, busHeaders, subjects } from '@wam/contracts';
import type { Logger } from '../telemetry/logger.ts';
import { headersOf } from './copy-headers.ts';

export interface LiveEvent {
  /** The event's own subject, without the `rt.` prefix. */
  subject: string;
  /** Stream sequence. */
  seq: number;
  /** Sequence of the event before this one on the same subject, 0 for the first. Another value than expected is a lost copy. */
  lastSeq: number;
  event: AnyEvent;
  /** Of the session it is about; undefined where its writer does not say. */
  network: string | undefined;
}
export interface LiveSubscription {
  unsubscribe(): void;
}

/**
 * Core-NATS copies of events, sent by the server after storing them: fast, in order per subject, and not guaranteed. Whoever needs
 * every event compares `lastSeq` and reads the gap from the stream.
 * @param filter of event subjects, such as `subjects.eventsOfTenant(tenant)`
 */
export async function subscribeLive(
  nc: NatsConnection,
  filter: string,
  handler: (live: LiveEvent) => void,
  logger: Logger,
): Promise<LiveSubscription> {
  const prefixLength = subjects.live('').length;
  const subscription = nc.subscribe(subjects.live(filter), {
    callback: (error, message) => {
      if (error) {
        logger.error({ err: error, filter }, 'live subscription failed');
        return;
      }
      try {
        const header = headersOf(message);
        const { buffer, byteOffset, length } = message.data;
        handler({
          subject: message.subject.slice(prefixLength),
          seq: Number(header('Nats-Sequence')),
          lastSeq: Number(header('Nats-Last-Sequence')),
          event: JSON.parse(Buffer.from(buffer, byteOffset, length).toString()) as AnyEvent,
          network: header(busHeaders.network) || undefined,
        });
      } catch (handlerError) {
        logger.error({ err: handlerError, subject: message.subject }, 'live event handler failed');
      }
    },
  });
  // After the flush the server knows the subscription: every event stored from now on is delivered.
  await nc.flush();
  return { unsubscribe: () => subscription.unsubscribe() };
}
