/** `GET /api/events`: a page of the feed, one that waits for the first event, or a stream of server-sent events. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { FeedSubscription, listEvents, QueryOf } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import { isBusAway } from '@wam/service-kit/nats';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identify, Known } from '../authenticate/identify.ts';
import { cursorOf } from '../feed/cursor.ts';
import type { FeedEntry, MakeEntry } from '../feed/feed-entry.ts';
import { feedFilter } from '../feed/feed-filter.ts';
import type { Feeds } from '../feed/feeds.ts';
import type { Slots } from '../feed/slots.ts';
import { ApiError } from '../http/api-error.ts';
import { type DoorName, slowReaderCut } from '../telemetry.ts';
import type { Connections } from './connections.ts';
import { feedCredential } from './feed-credential.ts';
import { createFrameWriters } from './frame-writer.ts';
import type { Subscribe } from './subscribe.ts';
import { wantedOfQuery } from './wanted-events.ts';

export interface EventListDeps {
  identify: Identify;
  feeds: Feeds;
  make: MakeEntry;
  resumes: Slots;
  subscribe: Subscribe;
  connections: Connections;
  clock: Clock;
}
export interface EventList {
  /** @throws ApiError */
  answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** Ends the requests that are held open. */
  close(): void;
}

type Query = QueryOf<typeof listEvents>;
interface Page {
  entries: FeedEntry[];
  cursor: string;
  hasMore: boolean;
}
const readSize = 500;
const keepAliveMs = 20_000;
/** Of the first event of a held request, for those that come together. */
const companyMs = 20;

export function createEventList(deps: EventListDeps): EventList {
  const { identify, feeds, make, resumes, subscribe, connections, clock } = deps;
  const held = new Set<() => void>();
  const createFrameWriter = createFrameWriters();

  /** From the log itself: pages that followers share may be two seconds old, and whoever has just been answered finds here what that stored. */
  async function readPage(known: Known, wanted: FeedSubscription, limit: number): Promise<Page> {
    const { cursor: head, tag } = await feeds.latest();
    if (wanted.after === 'latest') return { entries: [], cursor: head, hasMore: false };
    const located = wanted.after === undefined ? undefined : await feeds.locate(wanted.after);
    if (located === 'expired') throw new ApiError('RESUME_EXPIRED');
    const filter = feedFilter(wanted, known.caller.principal, known.caller.entitlements);
    const entries: FeedEntry[] = [];
    let position = located ?? 0;
    await using _slot = await resumes.take();
    await using reader = await feeds.read(known.identity.tenant, located);
    for (;;) {
      const { events, readTo, atEnd } = await reader.next(Math.min(readSize, limit * 2));
      for (const stored of events) {
        const entry = await make(tag, stored);
        const admitted = entry && filter.admit(entry);
        if (admitted !== undefined && entries.length === limit)
          return { entries, cursor: cursorOf({ tag, seq: position }), hasMore: true };
        if (admitted !== undefined) entries.push(admitted);
        position = stored.seq;
      }
      position = Math.max(position, readTo);
      if (atEnd) return { entries, cursor: cursorOf({ tag, seq: position }), hasMore: false };
    }
  }

  /** Runs while the connection is held, and counts as one. `end` must make `run` finish. */
  async function hold<T>(
    known: Known,
    { door, request }: { door: DoorName; request: FastifyRequest },
    run: (ended: Promise<void>) => Promise<T>,
  ): Promise<T> {
    const ended = Promise.withResolvers<void>();
    const connection = connections.open(known, door, () => ended.resolve());
    if ('code' in connection) throw ApiError.of(connection);
    const end = (): void => ended.resolve();
    held.add(end);
    const { socket } = request.raw;
    socket.once('close', end);
    // While it was found out who asks.
    if (socket.destroyed) end();
    try {
      return await run(ended.promise);
    } finally {
      socket.off('close', end);
      held.delete(end);
      connection.closed();
    }
  }

  async function awaitEvents(
    known: Known,
    wanted: FeedSubscription,
    { limit, waitMs, ended }: { limit: number; waitMs: number; ended: Promise<void> },
  ): Promise<Page> {
    const subscription = await subscribe(known, wanted);
    const entries: FeedEntry[] = [];
    const enough = Promise.withResolvers<void>();
    const timeUp = clock.setTimeout(enough.resolve, waitMs);
    const running = subscription.start({
      deliver(entry) {
        if (entries.length < limit) entries.push(entry);
        if (entries.length === 1) clock.setTimeout(enough.resolve, companyMs);
      },
      buffered: () => 0,
      tooSlow: enough.resolve,
      unavailable: enough.resolve,
    });
    await Promise.race([enough.promise, ended]);
    timeUp.cancel();
    const full = entries.length === limit;
    const cursor = full ? entries.at(-1)!.event.cursor : running.cursor;
    running.stop();
    return { entries, cursor, hasMore: full };
  }

  async function stream(known: Known, request: FastifyRequest, reply: FastifyReply, wanted: FeedSubscription) {
    await hold(known, { door: 'sse', request }, async (ended) => {
      const subscription = await subscribe(known, wanted);
      if (subscription.expired !== undefined) {
        subscription.cancel();
        throw new ApiError('RESUME_EXPIRED');
      }
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'content-type': 'text/event-stream; charset=utf-8',
        // nginx would hold events back.
        'x-accel-buffering': 'no',
      });
      raw.write(`retry: 2000\nid: ${subscription.ready.cursor}\n: ready\n\n`);
      const events = createFrameWriter((bytes) => {
        if (!raw.destroyed && !raw.writableEnded) raw.write(bytes);
      });
      const cut = Promise.withResolvers<void>();
      const running = subscription.start({
        deliver: (entry) => events.write(entry.as(serverSentEvent)),
        buffered: () => raw.writableLength + events.waiting,
        tooSlow() {
          slowReaderCut('sse');
          cut.resolve();
        },
        unavailable: cut.resolve,
      });
      // The id moves on with what the filters leave out, too.
      const keepAlive = setInterval(() => {
        events.write(Buffer.from(`id: ${running.cursor}\n: nothing new\n\n`));
      }, keepAliveMs);
      await Promise.race([ended, cut.promise.then(() => raw.destroy())]);
      clearInterval(keepAlive);
      running.stop();
      events.flush();
      raw.end();
    });
    return reply;
  }

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const query = request.query as Query;
    const known = await identify(feedCredential(request));
    const lastEventId = request.headers['last-event-id'];
    const after = typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : query.after;
    const wanted = wantedOfQuery({ ...query, ...(after === undefined ? {} : { after }) });
    if ('code' in wanted) throw ApiError.of(wanted);
    // A stream has no end that the head of one could wait for.
    if (request.method !== 'HEAD' && request.headers.accept?.includes('text/event-stream'))
      return stream(known, request, reply, wanted);

    const { limit = 100, wait = 0 } = query;
    const first = await readPage(known, wanted, limit);
    const page =
      first.entries.length > 0 || wait === 0
        ? first
        : await hold(known, { door: 'poll', request }, (ended) =>
            awaitEvents(known, { ...wanted, after: first.cursor }, { limit, waitMs: wait * 1000, ended }),
          );
    const events = page.entries.map((entry) => entry.text()).join(',');
    return reply
      .type('application/json; charset=utf-8')
      .send(`{"events":[${events}],"cursor":"${page.cursor}","hasMore":${page.hasMore}}`);
  }

  return {
    answer: (request, reply) =>
      answer(request, reply).catch((error: unknown) => {
        // A follower comes back after it, and gives up on anything that is no passing state.
        throw isBusAway(error) ? new ApiError('SERVICE_UNAVAILABLE') : error;
      }),
    close() {
      for (const end of [...held]) end();
    },
  };
}

const serverSentEvent = (entry: FeedEntry): Buffer =>
  Buffer.from(`id: ${entry.event.cursor}\ndata: ${entry.text()}\n\n`);
