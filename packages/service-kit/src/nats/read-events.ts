/** Reading a stretch of the event log, page by page, at the reader's own pace. */
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { type AnyEvent, streams } from '@wam/contracts';
import type { StoredEvent } from './consume-events.ts';
import { recordHeaders } from './record-headers.ts';
import { streamState } from './streams.ts';

export interface ReadEventsOptions {
  /** One subject or pattern (2.9 takes one). */
  filter: string;
  /** First sequence wanted, or the first event stored at that time or later. */
  from: number | Date;
}
export interface EventPage {
  events: StoredEvent[];
  /** Everything under the filter up to this sequence has been read. */
  readTo: number;
  /** Whether that was the end of the log when the reader was opened, or later. */
  atEnd: boolean;
}
export interface EventReader extends AsyncDisposable {
  /** Up to `limit` more. Rejects when the log or its server is away: open another reader behind the last `readTo`. */
  next(limit: number): Promise<EventPage>;
}

const IDLE_MS = 60_000;
const FETCH_MS = 5_000;

/** One consumer on the server for as long as the reader is open: about 10 ms to open, and to be bounded by the caller. */
export async function openEventReader(nc: NatsConnection, { filter, from }: ReadEventsOptions): Promise<EventReader> {
  const stream = streams.events.name;
  const { lastSeq } = await streamState(nc, stream);
  if (typeof from === 'number' && from > lastSeq) return emptyReader(lastSeq);
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const info = await jsm.consumers.add(stream, {
    ...(typeof from === 'number'
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from) }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString() }),
    ack_policy: AckPolicy.None,
    filter_subject: filter,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(IDLE_MS),
  });
  const consumer = jetstream(nc).consumers.getConsumerFromInfo(info);
  let remaining = info.num_pending;
  let delivered = 0;
  let readTo = 0;

  return {
    async next(limit) {
      const wanted = Math.min(limit, remaining);
      const events: StoredEvent[] = [];
      if (wanted > 0) {
        for await (const message of await consumer.fetch({ max_messages: wanted, expires: FETCH_MS })) {
          delivered += 1;
          if (message.info.deliverySequence !== delivered) throw new Error(`${filter}: an event was lost on the way`);
          remaining = message.info.pending;
          const { seq, subject } = message;
          events.push({ seq, subject, event: message.json<AnyEvent>(), headers: recordHeaders(message.headers) });
        }
        if (events.length < wanted) throw new Error(`${filter}: reading the log made no progress`);
        readTo = events.at(-1)!.seq;
      }
      if (remaining === 0) readTo = Math.max(readTo, lastSeq);
      return { events, readTo, atEnd: remaining === 0 };
    },
    async [Symbol.asyncDispose]() {
      // Nobody waits for it: the server removes an idle consumer by itself.
      if (!nc.isClosed()) jsm.consumers.delete(stream, info.name).catch(() => undefined);
    },
  };
}

const emptyReader = (lastSeq: number): EventReader => ({
  next: async () => ({ events: [], readTo: lastSeq, atEnd: true }),
  async [Symbol.asyncDispose]() {},
});

/** When the event of this sequence was stored; undefined when the log does not have it (any more). */
export async function storedAt(nc: NatsConnection, seq: number): Promise<Date | undefined> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const message = await jsm.streams.getMessage(streams.events.name, { seq });
  return message === null ? undefined : message.time;
}
