/** The feeds of the accounts that have followers here, each opened once however many follow it. */
import { streams, subjects } from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import { type EventReader, type NatsConnection, openEventReader, storedAt, streamState } from '@wam/service-kit/nats';
import { cursorOf, logTag, parseCursor } from './cursor.ts';
import type { MakeEntry } from './feed-entry.ts';
import { openTenantFeed, type TenantFeed } from './tenant-feed.ts';

export interface Feeds {
  /** @throws when the log cannot be reached */
  acquire(tenant: string): Promise<TenantFeed>;
  /** One follower less. The feed is kept for a minute, for those who come back. */
  release(feed: TenantFeed): void;
  /** Where reading goes on behind the cursor; `expired` when something behind it may be gone, or it was never one of this log. */
  locate(cursor: string, feed?: Pick<TenantFeed, 'tag' | 'position' | 'since'>): Promise<number | 'expired'>;
  /** Reads the log of an account from behind a sequence, or from as far back as the feed reaches. */
  read(tenant: string, afterSeq: number | undefined): Promise<EventReader>;
  /** The place behind everything that is stored now. */
  latest(): Promise<{ tag: string; seq: number; cursor: string }>;
  /** The bus was away: copies may have been lost. */
  verifyAll(): void;
  close(): void;
}
export interface FeedsDeps {
  nc: NatsConnection;
  make: MakeEntry;
  /** How far back the feed reaches. */
  retentionMs: number;
  clock: Clock;
  logger: Logger;
}

const lingerMs = 60_000;
/** Every open feed is compared with the log about once in this time: a copy lost without a trace is found then at the latest. */
const sweepMs = 30_000;

export function createFeeds(deps: FeedsDeps): Feeds {
  const { nc, retentionMs, clock, logger } = deps;
  const open = new Map<string, { feed: Promise<TenantFeed>; followers: number; idle?: { cancel(): void } }>();
  const stream = streams.events.name;

  function verify(feed: TenantFeed): Promise<void> {
    return feed.verify().catch((error: unknown) => {
      logger.debug({ err: error, tenant: feed.tenant }, 'a feed could not be compared with the log now');
    });
  }
  const stopping = new AbortController();
  /** One feed after the other, spread over the time, so that many accounts are no burst of questions. */
  async function sweepForever(): Promise<void> {
    for (;;) {
      const feeds = [...open.values()];
      if (feeds.length === 0) await clock.sleep(sweepMs, stopping.signal);
      for (const { feed } of feeds) {
        await clock.sleep(sweepMs / feeds.length, stopping.signal);
        await feed.then(verify, () => undefined);
      }
    }
  }
  // Ends with `close`.
  sweepForever().catch(() => undefined);

  function discard(tenant: string): void {
    const entry = open.get(tenant);
    open.delete(tenant);
    entry?.idle?.cancel();
    entry?.feed.then(
      (feed) => feed.close(),
      () => undefined,
    );
  }

  return {
    async acquire(tenant) {
      let entry = open.get(tenant);
      if (entry === undefined) {
        entry = { feed: openTenantFeed(tenant, deps), followers: 0 };
        open.set(tenant, entry);
        const opened = entry;
        entry.feed.then(
          (feed) =>
            feed.follow(
              () => undefined,
              () => open.get(tenant) === opened && discard(tenant),
            ),
          () => open.get(tenant) === opened && discard(tenant),
        );
      }
      entry.followers += 1;
      entry.idle?.cancel();
      return entry.feed;
    },
    release({ tenant }) {
      const entry = open.get(tenant);
      if (entry === undefined) return;
      entry.followers -= 1;
      if (entry.followers > 0) return;
      entry.idle = clock.setTimeout(() => {
        if (entry.followers === 0 && open.get(tenant) === entry) discard(tenant);
      }, lingerMs);
    },
    async locate(cursor, feed) {
      const place = parseCursor(cursor);
      if (place === undefined) return 'expired';
      const { tag, seq } = place;
      if (feed !== undefined && tag === feed.tag && seq <= feed.position && feed.since(seq) !== undefined) return seq;
      const { incarnation, lastSeq, firstSeq } = await streamState(nc, stream);
      if (tag !== logTag(incarnation) || seq > lastSeq || seq < firstSeq - 1) return 'expired';
      if (seq === lastSeq) return seq;
      const next = await storedAt(nc, seq + 1);
      return next === undefined || next.getTime() < clock.now() - retentionMs ? 'expired' : seq;
    },
    read: (tenant, afterSeq) =>
      openEventReader(nc, {
        filter: subjects.eventsOfTenant(tenant),
        from: afterSeq === undefined ? new Date(clock.now() - retentionMs) : afterSeq + 1,
      }),
    async latest() {
      const { incarnation, lastSeq } = await streamState(nc, stream);
      const place = { tag: logTag(incarnation), seq: lastSeq };
      return { ...place, cursor: cursorOf(place) };
    },
    verifyAll() {
      for (const { feed } of open.values()) feed.then(verify, () => undefined);
    },
    close() {
      stopping.abort();
      for (const tenant of [...open.keys()]) discard(tenant);
    },
  };
}
