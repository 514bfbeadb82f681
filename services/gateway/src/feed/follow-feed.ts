/** One follower of a feed: first what it missed, at its own pace, then what happens, as it happens. */
import { busHeaders } from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import type { FeedEntry, MakeEntry } from './feed-entry.ts';
import type { FeedFilter } from './feed-filter.ts';
import type { Feeds } from './feeds.ts';
import type { Slots } from './slots.ts';
import type { TenantFeed } from './tenant-feed.ts';

/** Where entries go. Nothing here waits for the peer but the reading of what it missed. */
export interface Outlet {
  deliver(entry: FeedEntry): void;
  /** Bytes given to it that the peer has not taken yet. */
  buffered(): number;
  /** The peer does not keep up. Nothing is delivered after this. */
  tooSlow(): void;
  /** The log cannot be read, or is another one. Nothing is delivered after this. */
  unavailable(): void;
}
export interface FollowDeps {
  feeds: Feeds;
  make: MakeEntry;
  /** Bounds how many read the log at once. */
  resumes: Slots;
  clock: Clock;
  logger: Logger;
  /** Bytes that may wait for one follower. */
  bufferBytes: number;
}
export interface Following {
  /** Sequence up to which everything that matches has been delivered. */
  readonly position: number;
  /** Applies from the next entry on. */
  filter(filter: FeedFilter): void;
  stop(): void;
}

const pageSize = 200;
const drainPollMs = 20;
/** Somebody who resumes and takes nothing for so long is cut. */
const maxStallMs = 15_000;

/** @param afterSeq a sequence that {@link Feeds.locate} answered, or the feed's position */
export function followFeed(
  feed: TenantFeed,
  afterSeq: number,
  initialFilter: FeedFilter,
  outlet: Outlet,
  { feeds, make, resumes, clock, logger, bufferBytes }: FollowDeps,
): Following {
  let filter = initialFilter;
  let position = afterSeq;
  let stopped = false;
  let joined = false;
  let unfollow: () => void = () => undefined;

  function offer(entry: FeedEntry): void {
    const admitted = filter.admit(entry);
    position = entry.seq;
    if (admitted === undefined) return;
    outlet.deliver(admitted);
    if (outlet.buffered() <= bufferBytes) return;
    stop();
    outlet.tooSlow();
  }
  /** From here on nothing is between this follower and the feed; false when memory does not reach back far enough. */
  function join(): boolean {
    // Who has read the log may be ahead of the live copies.
    const missed = position >= feed.position ? [] : feed.since(position);
    if (missed === undefined) return false;
    const joinedAt = position;
    unfollow = feed.follow(
      (entry) => {
        if (entry.seq > joinedAt) offer(entry);
      },
      () => {
        stop();
        outlet.unavailable();
      },
    );
    joined = true;
    for (const entry of missed) if (!stopped) offer(entry);
    return true;
  }
  async function catchUp(): Promise<void> {
    await using _slot = await resumes.take();
    while (!stopped && !join()) {
      await using reader = await feeds.read(feed.tenant, position);
      for (;;) {
        const { events, readTo, atEnd } = await reader.next(pageSize);
        for (const stored of events) {
          const entry = await make(feed.tag, { ...stored, network: stored.headers[busHeaders.network] });
          if (stopped) return;
          if (entry !== undefined) offer(entry);
          position = stored.seq;
          if (outlet.buffered() > bufferBytes / 2) await drained();
        }
        position = Math.max(position, readTo);
        if (stopped || atEnd) break;
      }
    }
  }
  async function drained(): Promise<void> {
    let least = outlet.buffered();
    let progressAtMs = clock.monotonicMs();
    while (!stopped && outlet.buffered() > bufferBytes / 4) {
      await clock.sleep(drainPollMs);
      const now = outlet.buffered();
      if (now < least) {
        least = now;
        progressAtMs = clock.monotonicMs();
      } else if (clock.monotonicMs() - progressAtMs > maxStallMs) {
        stop();
        outlet.tooSlow();
      }
    }
  }
  function stop(): void {
    stopped = true;
    unfollow();
  }

  if (!join())
    catchUp().catch((error: unknown) => {
      if (stopped) return;
      logger.warn({ err: error, tenant: feed.tenant }, 'a follower could not read what it missed');
      stop();
      outlet.unavailable();
    });

  return {
    get position() {
      return joined ? Math.max(position, feed.position) : position;
    },
    filter(next) {
      filter = next;
    },
    stop,
  };
}
