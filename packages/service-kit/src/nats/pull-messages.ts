/**
 * Messages of a stream in order, by a consumer that is made for one reading and asks for no acknowledgements. The client has ordered consumers too; a
 * message costs half without its iterator, its own form of each message and its second look at each (3.3 us instead of 6.5, parsing included).
 */
import { randomUUID } from 'node:crypto';
import { AckPolicy, DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection, nanos } from '@nats-io/transport-node';
import { parseDelivery } from './delivery.ts';
import { inboxPrefixOf } from './inbox-prefix.ts';

export interface PullOptions {
  stream: string;
  /** One subject or pattern. */
  filter: string;
  fromSeq: number;
  /** At once, as they arrive. What it throws ends the reading. */
  onMessage: (message: Msg, seq: number) => void;
  /** While it answers false nothing more is asked for; what was asked for still comes. */
  hasRoom: () => boolean;
  /** For how long the server keeps a question, before it is asked anew. Default 5 s. */
  expiresMs?: number;
}
export interface MessagePull {
  /** Resolves after `stop`, and when it must be made anew behind the last message: one is missing, or nothing is heard. Rejects with what `onMessage` threw. */
  readonly ended: Promise<void>;
  /** There may be room again. */
  more(): void;
  stop(): void;
}

/** Asked of the server at a time, and again when half of it has come. A quarter of it costs a message 1.3 us more here and 1 us more in the server. */
const messagesPerPull = 1_000;
/** After it the server forgets a consumer that asks for nothing. */
const inactiveMs = 30_000;
/** Two of them without a word are a lost consumer. */
const heartbeatMs = 2_500;

/** https://docs.nats.io/reference/reference-protocols/nats_api_reference, "Fetching From a Pull Consumer"; status codes: ADR-37 of NATS. */
const status = { heartbeat: 100, noMessages: 404, expired: 408 } as const;

export async function pullMessages(nc: NatsConnection, options: PullOptions): Promise<MessagePull> {
  const { stream, filter, fromSeq, onMessage, hasRoom, expiresMs = 5_000 } = options;
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const { name } = await jsm.consumers.add(stream, {
    name: randomUUID(),
    filter_subject: filter,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: fromSeq,
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(inactiveMs),
    mem_storage: true,
    num_replicas: 1,
  });
  const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`;
  const inbox = createInbox(inboxPrefixOf(nc));
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let hasEnded = false;
  /** Asked for and still to come. */
  let outstanding = 0;
  /** Of the consumer: 1, 2, 3, … */
  let delivered = 0;
  let heard = true;
  let silences = 0;

  const subscription = nc.subscribe(inbox, {
    callback(error, message) {
      if (hasEnded) return;
      heard = true;
      if (error) end();
      else if (message.subject === inbox) onStatus(message);
      else take(message);
    },
  });
  // A process that stood still has not listened: it looks again before it gives up.
  const watch = setInterval(() => {
    silences = heard || outstanding === 0 ? 0 : silences + 1;
    heard = false;
    if (silences > 1) end();
  }, heartbeatMs);

  function take(message: Msg): void {
    const delivery = parseDelivery(message.reply ?? '');
    if (delivery?.consumerSeq !== delivered + 1) {
      end();
      return;
    }
    delivered++;
    outstanding--;
    try {
      onMessage(message, delivery.streamSeq);
      more();
    } catch (failure) {
      reject(failure);
      end();
    }
  }
  function onStatus({ headers }: Msg): void {
    if (headers?.code === status.heartbeat) return;
    const left = Number(headers?.get('Nats-Pending-Messages'));
    if ((headers?.code === status.expired || headers?.code === status.noMessages) && left > 0) {
      outstanding = Math.max(0, outstanding - left);
      more();
    }
    // Of a consumer that is gone, or moves.
    else end();
  }
  function more(): void {
    if (hasEnded || outstanding > messagesPerPull / 2 || !hasRoom()) return;
    const wanted = {
      batch: messagesPerPull - outstanding,
      expires: nanos(expiresMs),
      idle_heartbeat: nanos(Math.min(heartbeatMs, expiresMs / 2)),
    };
    outstanding = messagesPerPull;
    // The connection may have been closed: that is told elsewhere.
    if (nc.isClosed()) end();
    else nc.publish(next, JSON.stringify(wanted), { reply: inbox });
  }
  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    clearInterval(watch);
    resolve();
    if (nc.isClosed()) return;
    subscription.unsubscribe();
    // Nobody waits for it: the server forgets it by itself.
    jsm.consumers.delete(stream, name).catch(() => undefined);
  }
  more();
  return { ended, more, stop: end };
}
