import {
  AckPolicy,
  type ConsumerInfo,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import type { Logger } from '../telemetry/logger.ts';
import {
  AckFailed,
  ConsumerConflict,
  isConsumerConflict,
  isConsumerDeleted,
  isConsumerNotFound,
  isStreamNotFound,
} from './errors.ts';
import { recordHeaders } from './record-headers.ts';
import { isNoResponders, type ReplyInbox, sharedReplyInbox } from './reply-inbox.ts';

export interface WorkItem {
  subject: string;
  data: Uint8Array;
  headers: Readonly<Record<string, string>>;
  /** Stream sequence. */
  seq: number;
  /** 1 for the first delivery by this consumer. */
  deliveryCount: number;
  /**
   * Resolves when the server confirmed. Also what ends a message that is given up: with the protocol's TERM, NATS 2.9 keeps it in its work queue, where it counts
   * against the subject's ceiling.
   * @throws AckFailed when it did not, or when this consumer was deleted by a new owner
   */
  ack(): Promise<void>;
  /** Acknowledges without asking for confirmation, for work that may be repeated: when it is lost the item comes again. */
  release(): void;
  /** Deliver again after the delay. It keeps its place in `maxAckPending` meanwhile: never use it for "session offline". */
  nak(delayMs: number): void;
  /** Restarts the acknowledgement wait; call it every 10 s for work that takes longer or waits its turn. */
  working(): void;
}
export interface ConsumeWorkQueueOptions {
  stream: string;
  durable: string;
  filter: string;
  /** Messages handed out and not acknowledged. The bound of the process, so `onMessage` need not push back. Default 1024. */
  maxAckPending?: number;
  /** Deliveries per message. A message that reaches it stays in the stream, delivered to nobody. Default 5. */
  maxDeliver?: number;
  /** Must not throw; it should hand the item to a mailbox. Items come in stream order. */
  onMessage: (item: WorkItem) => void;
  logger: Logger;
}
export interface WorkQueueConsumption {
  /** `stopped` by us; `deleted`: the consumer does not exist any more, a new owner took over. Rejects never. */
  readonly ended: Promise<'stopped' | 'deleted'>;
  /** No new items; those handed out may still be acknowledged. */
  stop(): Promise<void>;
}

/** An item that is not acknowledged by then is delivered again. */
const ACK_WAIT_MS = 30_000;
const RETRY_MS = 200;
const PULL_EXPIRES_MS = 5_000;
const ACK_TIMEOUT_MS = 2_000;
const ACK_ATTEMPTS = 3;

/** Acknowledges and waits for the server's confirmation, without the client's error object and timer class per request. */
async function confirmedAck(nc: NatsConnection, inbox: ReplyInbox, message: JsMsg): Promise<void> {
  const ackSubject = (message as JsMsg & { reply: string }).reply;
  for (let attempt = 1; attempt <= ACK_ATTEMPTS; attempt++) {
    const answer = Promise.withResolvers<'confirmed' | 'nobody' | 'late'>();
    const expected = inbox.expect((reply) => answer.resolve(isNoResponders(reply) ? 'nobody' : 'confirmed'));
    const timer = setTimeout(() => answer.resolve('late'), ACK_TIMEOUT_MS);
    try {
      nc.publish(ackSubject, '+ACK', { reply: expected.subject });
      const outcome = await answer.promise;
      if (outcome === 'confirmed') return;
      if (outcome === 'nobody') throw new AckFailed(`${message.subject} ${message.seq}: its consumer is gone`);
    } finally {
      clearTimeout(timer);
      inbox.forget(expected.token);
    }
  }
  throw new AckFailed(`${message.subject} ${message.seq}: acknowledgement not confirmed`);
}

function toWorkItem(nc: NatsConnection, inbox: ReplyInbox, message: JsMsg): WorkItem {
  let acked: Promise<void> | undefined;
  return {
    subject: message.subject,
    data: message.data,
    headers: recordHeaders(message.headers),
    seq: message.seq,
    deliveryCount: message.info.deliveryCount,
    ack() {
      acked ??= confirmedAck(nc, inbox, message).catch((error: unknown) => {
        acked = undefined;
        throw error;
      });
      return acked;
    },
    release: () => message.ack(),
    nak: (delayMs) => message.nak(delayMs),
    working: () => message.working(),
  };
}

/**
 * Creates the durable consumer when needed and hands out its messages. On a work-queue stream filters may not overlap: delete the
 * previous owner's consumer first ({@link deleteConsumer}).
 * @throws ConsumerConflict when another consumer still covers the filter
 */
export async function consumeWorkQueue(
  nc: NatsConnection,
  options: ConsumeWorkQueueOptions,
): Promise<WorkQueueConsumption> {
  const { stream, durable, logger } = options;
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  let created: ConsumerInfo;
  try {
    created = await jsm.consumers.add(stream, {
      durable_name: durable,
      filter_subject: options.filter,
      deliver_policy: DeliverPolicy.All,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: options.maxAckPending ?? 1_024,
      max_deliver: options.maxDeliver ?? 5,
    });
  } catch (error) {
    if (isConsumerConflict(error)) throw new ConsumerConflict(`${stream}: another consumer covers ${options.filter}`);
    throw error;
  }
  const inbox = sharedReplyInbox(nc);
  let stopped = false;
  let messages: ConsumerMessages | undefined;
  const ended = Promise.withResolvers<'stopped' | 'deleted'>();

  /** `deleted` when the consumer is gone; otherwise it was disturbed and is worth another try. */
  async function consumeUntilDisturbed(): Promise<'disturbed' | 'deleted'> {
    try {
      const consumer = jetstream(nc).consumers.getConsumerFromInfo(created);
      const current = await consumer.consume({
        max_messages: Math.min(options.maxAckPending ?? 1_024, 512),
        expires: PULL_EXPIRES_MS,
        abort_on_missing_resource: true,
      });
      messages = current;
      void (async () => {
        for await (const notification of current.status())
          if (notification.type === 'heartbeats_missed') current.stop();
      })();
      if (stopped) current.stop();
      for await (const message of current) {
        if (stopped) break;
        options.onMessage(toWorkItem(nc, inbox, message));
      }
      return 'disturbed';
    } catch (error) {
      if (isConsumerNotFound(error) || isConsumerDeleted(error) || isStreamNotFound(error)) return 'deleted';
      logger.warn({ err: error, stream, durable }, 'work queue disturbed; trying again');
      return 'disturbed';
    } finally {
      messages?.stop();
    }
  }
  async function run(): Promise<'stopped' | 'deleted'> {
    while (!stopped && !nc.isClosed()) {
      if ((await consumeUntilDisturbed()) === 'deleted') return stopped ? 'stopped' : 'deleted';
      if (!stopped) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    return 'stopped';
  }
  async function watchConnection(): Promise<void> {
    for await (const status of nc.status()) {
      if (stopped) return;
      if (status.type === 'reconnect') messages?.stop();
    }
  }
  // Ends with the connection.
  void watchConnection();
  run().then(ended.resolve, (error: unknown) => {
    logger.error({ err: error, stream, durable }, 'work queue ended');
    ended.resolve('stopped');
  });
  return {
    ended: ended.promise,
    async stop() {
      stopped = true;
      messages?.stop();
      await ended.promise;
    },
  };
}

/** Answers whether it existed. Its unacknowledged messages return to the queue at once. */
export async function deleteConsumer(nc: NatsConnection, stream: string, durable: string): Promise<boolean> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  try {
    return await jsm.consumers.delete(stream, durable);
  } catch (error) {
    if (isConsumerNotFound(error)) return false;
    throw error;
  }
}

/** Names of all consumers of a stream. */
export async function listConsumers(nc: NatsConnection, stream: string): Promise<string[]> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const names: string[] = [];
  for await (const consumer of jsm.consumers.list(stream)) names.push(consumer.name);
  return names;
}
