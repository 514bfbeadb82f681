/** Reading what a stream holds for one subject, such as an aggregate of the event log. */
import { AckPolicy, DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { createInbox, type NatsConnection, nanos } from '@nats-io/transport-node';
import { parseDelivery } from './delivery.ts';
import { isMessageNotFound } from './errors.ts';
import { inboxPrefixOf } from './inbox-prefix.ts';
import { recordHeaders } from './record-headers.ts';

export interface StoredMessage {
  seq: number;
  subject: string;
  data: Uint8Array;
  headers: Readonly<Record<string, string>>;
  /** When the stream stored it. */
  storedAt: Date;
}
export interface ReadSubjectOptions {
  stream: string;
  subject: string;
  /** Default 1: from the beginning. */
  fromSeq?: number;
  /** Default 10 s without progress. */
  timeoutMs?: number;
}

/**
 * Sequence of the last message on a subject, 0 when there is none. Asks the stream's leader, so it sees every acknowledged
 * publish (a direct get may be answered by a lagging replica).
 */
export async function lastSequenceOf(nc: NatsConnection, stream: string, subject: string): Promise<number> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const last = await jsm.streams.getMessage(stream, { last_by_subj: subject });
  return last?.seq ?? 0;
}

class NoProgress extends Error {}

/** One pass of a short-lived push consumer; the creation answers how many messages there are, so an empty subject costs one request. */
async function readPass(
  nc: NatsConnection,
  options: ReadSubjectOptions & { fromSeq: number; timeoutMs: number },
  collected: StoredMessage[],
): Promise<void> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const finished = Promise.withResolvers<void>();
  const deliverSubject = createInbox(inboxPrefixOf(nc));
  let delivered = 0;
  let timer: NodeJS.Timeout | undefined;
  const restartTimer = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => finished.reject(new NoProgress(`${options.subject}: reading made no progress`)),
      options.timeoutMs,
    );
  };
  const subscription = nc.subscribe(deliverSubject, {
    callback: (error, message) => {
      if (error) {
        finished.reject(error);
        return;
      }
      const delivery = parseDelivery(message.reply ?? '');
      if (!delivery) return;
      if (delivery.consumerSeq !== delivered + 1) {
        finished.reject(new NoProgress(`${options.subject}: a message was lost on the way`));
        return;
      }
      delivered += 1;
      collected.push({
        seq: delivery.streamSeq,
        subject: message.subject,
        data: message.data,
        headers: recordHeaders(message.headers),
        storedAt: new Date(delivery.storedAtMs),
      });
      if (delivery.pending === 0) finished.resolve();
      else restartTimer();
    },
  });
  let consumer: string | undefined;
  try {
    restartTimer();
    const created = await jsm.consumers.add(options.stream, {
      deliver_subject: deliverSubject,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: options.fromSeq,
      ack_policy: AckPolicy.None,
      filter_subject: options.subject,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(5_000),
    });
    consumer = created.name;
    // Messages may overtake the answer; then the count in it is of what was still undelivered.
    if (created.num_pending + created.delivered.consumer_seq > 0) await finished.promise;
  } finally {
    clearTimeout(timer);
    finished.promise.catch(() => undefined);
    if (!nc.isClosed()) {
      subscription.unsubscribe();
      // Nobody waits for it: without interest the server removes the consumer by itself 5 s later.
      if (consumer !== undefined) jsm.consumers.delete(options.stream, consumer).catch(() => undefined);
    }
  }
}

const ATTEMPTS = 3;

/** All messages of one exact subject from `fromSeq` on, in order, without gaps. */
export async function readSubject(nc: NatsConnection, options: ReadSubjectOptions): Promise<StoredMessage[]> {
  const { fromSeq = 1, timeoutMs = 10_000 } = options;
  const collected: StoredMessage[] = [];
  for (let attempt = 1; ; attempt++) {
    const next = (collected.at(-1)?.seq ?? fromSeq - 1) + 1;
    try {
      await readPass(nc, { ...options, fromSeq: next, timeoutMs }, collected);
      return collected;
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof NoProgress)) throw error;
    }
  }
}

/** One stored message; undefined when it is gone. */
export const readMessage = (nc: NatsConnection, stream: string, seq: number): Promise<StoredMessage | undefined> =>
  storedMessage(nc, stream, { seq });

async function storedMessage(
  nc: NatsConnection,
  stream: string,
  query: { seq: number },
): Promise<StoredMessage | undefined> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  try {
    const found = await jsm.streams.getMessage(stream, query);
    if (found === null) return undefined;
    const { seq, subject, data, header, time } = found;
    return { seq, subject, data, headers: recordHeaders(header), storedAt: time };
  } catch (error) {
    if (isMessageNotFound(error)) return undefined;
    throw error;
  }
}

/** The first one from `fromSeq` on whose subject is under the filter. Asks the leader; needs no consumer, so work queues can be looked into. */
export async function nextMessage(
  nc: NatsConnection,
  stream: string,
  { fromSeq, subject: filter }: { fromSeq: number; subject: string },
): Promise<StoredMessage | undefined> {
  return storedMessage(nc, stream, { seq: fromSeq, next_by_subj: filter } as { seq: number });
}

/** False when it was gone already. */
export async function deleteMessage(nc: NatsConnection, stream: string, seq: number): Promise<boolean> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  try {
    return await jsm.streams.deleteMessage(stream, seq);
  } catch (error) {
    if (isMessageNotFound(error)) return false;
    throw error;
  }
}

/** How many messages each subject under the filter holds. For finding pools and sessions with work waiting. */
export async function countBySubject(
  nc: NatsConnection,
  stream: string,
  filter: string,
): Promise<ReadonlyMap<string, number>> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const info = await jsm.streams.info(stream, { subjects_filter: filter });
  return new Map(Object.entries(info.state.subjects ?? {}));
}
