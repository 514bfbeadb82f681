/** Reading a stretch of the event log, page by page, at the reader's own pace. */
import { AckPolicy, DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection, nanos } from '@nats-io/transport-node';
import { type AnyEvent, busHeaders, streams } from '@wam/contracts';
import { headersOf, typeOf } from './copy-headers.ts';
import { parseDelivery } from './delivery.ts';
import { inboxPrefixOf } from './inbox-prefix.ts';
import { streamState } from './streams.ts';

export interface ReadEventsOptions {
  /** One subject or pattern (2.9 takes one). */
  filter: string;
  /** First sequence wanted, or the first event stored at that time or later. */
  from: number | Date;
  /** Those wanted: events that say in their headers that they are of another type are passed by, at a third of the cost. Default: all. */
  types?: readonly string[];
}
export interface ReadEvent {
  /** Stream sequence. */
  seq: number;
  subject: string;
  event: AnyEvent;
  /** Of the session it is about; undefined where its writer does not say. */
  network: string | undefined;
}
interface PassedBy {
  seq: number;
}
export interface EventPage {
  events: ReadEvent[];
  /** Everything under the filter up to this sequence has been read. */
  readTo: number;
  /** Whether that was the end of the log when the reader was opened, or later. */
  atEnd: boolean;
}
export interface EventReader extends AsyncDisposable {
  /**
   * Up to `limit` more, those passed by counted; one call at a time. From the second page on the next one is asked for meanwhile. Rejects when the log or its server is away:
   * open another reader behind the last `readTo`.
   */
  next(limit: number): Promise<EventPage>;
}

const IDLE_MS = 60_000;
const FETCH_MS = 5_000;
/** The server says that the time is over; this is for when it says nothing. */
const SILENCE_MS = FETCH_MS + 1_000;
/**
 * A server counts some too many that are still to come, of a log that is written to meanwhile (2.9.10: one reader in fifty, one to twenty too many). So
 * behind what was the end when the reader was opened, those are waited for no longer than this.
 */
const STRAGGLER_MS = 250;

/**
 * One consumer on the server for as long as the reader is open: about 10 ms to open, and to be bounded by the caller. Pulls by itself: of what the
 * library's `fetch` spends on an event, taking headers apart and queueing were the most.
 */
export async function openEventReader(nc: NatsConnection, options: ReadEventsOptions): Promise<EventReader> {
  const { filter, from, types } = options;
  const stream = streams.events.name;
  const { lastSeq } = await streamState(nc, stream);
  if (typeof from === 'number' && from > lastSeq) return emptyReader(lastSeq);
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const end = await jsm.streams.getMessage(stream, { last_by_subj: filter });
  if (end === null || (typeof from === 'number' ? from > end.seq : from > end.time)) return emptyReader(lastSeq);
  const endSeq = end.seq;
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
  const inbox = createInbox(inboxPrefixOf(nc));
  const arrived: (ReadEvent | PassedBy)[] = [];
  /** Asked for and not here yet. */
  let underWay = 0;
  /** Under the filter, behind the last that is here; as the server counts. */
  let left = info.num_pending;
  let delivered = 0;
  /** Sequence of the last that is here. */
  let reached = 0;
  let pages = 0;
  let readTo = 0;
  let failure: unknown;
  let wake: () => void = () => undefined;

  function fail(error: unknown): void {
    failure ??= error;
    wake();
  }
  /** Nothing more is to come, whatever the server counts. */
  function waitNoMore(): void {
    left = 0;
    underWay = 0;
    wake();
  }
  /** @throws what makes reading go no further */
  function receive(message: Msg): void {
    const delivery = parseDelivery(message.reply ?? '');
    if (delivery === undefined) {
      // The server ends a pull that it could not fill: the time was over, or the consumer is gone.
      if (underWay > 0 && reached < endSeq) throw new Error(`${filter}: reading the log made no progress`);
      waitNoMore();
      return;
    }
    delivered += 1;
    if (delivery.consumerSeq !== delivered) throw new Error(`${filter}: an event was lost on the way`);
    underWay = Math.max(0, underWay - 1);
    left = delivery.pending;
    reached = delivery.streamSeq;
    arrived.push(isWanted(message, types) ? readEvent(message, reached) : { seq: reached });
    if (underWay === 0 || reached >= endSeq) wake();
  }
  const subscription = nc.subscribe(inbox, {
    callback(error, message) {
      try {
        if (error) throw error;
        receive(message);
      } catch (thrown) {
        fail(thrown);
      }
    },
  });
  function ask(count: number): void {
    underWay = count;
    const pull = { batch: count, expires: nanos(FETCH_MS) };
    nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${info.name}`, JSON.stringify(pull), { reply: inbox });
  }
  async function untilArrived(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    const silence =
      reached >= endSeq
        ? setTimeout(waitNoMore, STRAGGLER_MS)
        : setTimeout(() => fail(new Error(`${filter}: the log does not answer`)), SILENCE_MS);
    if (underWay > 0 && failure === undefined) await promise;
    clearTimeout(silence);
  }

  return {
    async next(limit) {
      const isWanting = () =>
        arrived.length < limit && (reached < endSeq || (arrived.length === 0 && left > 0)) && failure === undefined;
      while (isWanting()) {
        if (underWay === 0) ask(Math.max(1, Math.min(limit - arrived.length, left)));
        await untilArrived();
      }
      if (failure !== undefined) throw failure;
      const page = arrived.splice(0, limit);
      readTo = page.at(-1)?.seq ?? readTo;
      pages += 1;
      const atEnd = arrived.length === 0 && left === 0 && reached >= endSeq;
      if (atEnd) readTo = Math.max(readTo, lastSeq);
      else if (pages > 1 && arrived.length < limit && underWay === 0 && left > 0) ask(Math.min(limit, left));
      return { events: types === undefined ? (page as ReadEvent[]) : page.filter(isRead), readTo, atEnd };
    },
    async [Symbol.asyncDispose]() {
      subscription.unsubscribe();
      // Nobody waits for it: the server removes an idle consumer by itself.
      if (!nc.isClosed()) jsm.consumers.delete(stream, info.name).catch(() => undefined);
    },
  };
}

function isWanted(message: Msg, types: readonly string[] | undefined): boolean {
  if (types === undefined) return true;
  const type = typeOf(message);
  return type === '' || types.includes(type);
}
function readEvent(message: Msg, seq: number): ReadEvent {
  const { buffer, byteOffset, length } = message.data;
  return {
    seq,
    subject: message.subject,
    event: JSON.parse(Buffer.from(buffer, byteOffset, length).toString()) as AnyEvent,
    network: headersOf(message)(busHeaders.network) || undefined,
  };
}
const isRead = (one: ReadEvent | PassedBy): one is ReadEvent => 'event' in one;

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
