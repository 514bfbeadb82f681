/** One follower of a feed: first what it missed, at its own pace, then what happens, as it happens. */
import type { Clock, Logger } from '@wam/service-kit';
import type { FeedEntry } from './feed-entry.ts';
import type { FeedFilter } from './feed-filter.ts';
import type { LogPages } from './log-pages.ts';
import { sizeOf } from './recent-entries.ts';
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
  pages: LogPages;
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

const drainPollMs = 20;
/** After a stall of this process the bus brings megabytes in one turn: a peer that reads is through with them in this time. */
const burstMs = 250;
/** So many times `bufferBytes` are too much, however short. */
const mostTimesOver = 4;
/** So long a place among those who read the log is kept for a peer that is just being written to. */
const holdMs = 10;
/** Somebody who resumes and takes nothing for so long is cut. */
const maxStallMs = 15_000;

/** @param afterSeq a sequence that `Feeds.locate` answered, or the feed's position */
export function followFeed(
  feed: TenantFeed,
  afterSeq: number,
  initialFilter: FeedFilter,
  outlet: Outlet,
  { pages, clock, logger, bufferBytes }: FollowDeps,
): Following {
  let filter = initialFilter;
  let position = afterSeq;
  let stopped = false;
  let joined = false;
  let judging = false;
  let unfollow: () => void = () => undefined;

  function offer(entry: FeedEntry): void {
    const admitted = filter.admit(entry);
    position = entry.seq;
    if (admitted === undefined) return;
    outlet.deliver(admitted);
    // Whoever reads what it missed is waited for instead.
    if (!joined || judging || outlet.buffered() <= bufferBytes) return;
    // What a burst leaves waiting within one turn of the event loop says nothing yet: nothing was written meanwhile.
    judging = true;
    setImmediate(judge);
  }
  function judge(): void {
    const waiting = outlet.buffered();
    if (!stopped && waiting > bufferBytes && waiting <= mostTimesOver * bufferBytes)
      clock.setTimeout(conclude, burstMs);
    else conclude();
  }
  function conclude(): void {
    judging = false;
    if (stopped || outlet.buffered() <= bufferBytes) return;
    stop();
    outlet.tooSlow();
  }
  const isFull = (): boolean => outlet.buffered() > bufferBytes / 2;
  /** From here on nothing is between this follower and the feed; false when more is missed than may be sent at once. */
  function join(): boolean {
    // Who has read the log may be ahead of the live copies.
    const missed = position >= feed.position ? [] : feed.since(position);
    if (missed === undefined || isFull() || missed.reduce((sum, entry) => sum + sizeOf(entry), 0) > bufferBytes / 2)
      return false;
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
  /** While the peer takes its time nothing is open for it: neither a place among those who read the log, nor a consumer. */
  async function catchUp(): Promise<void> {
    while (!stopped && !join()) {
      const kept = feed.since(position);
      if (kept === undefined) await readLog();
      else offerUntilFull(kept);
      await drained();
    }
  }
  function offerUntilFull(entries: readonly FeedEntry[]): void {
    for (const entry of entries) {
      if (stopped || isFull()) return;
      offer(entry);
    }
  }
  /** Until the end of the log, or until enough waits for the peer. */
  async function readLog(): Promise<void> {
    for (;;) {
      const { entries, readTo, atEnd } = await pages.after(feed, position);
      for (const entry of entries) {
        if (stopped) return;
        offer(entry);
        if (isFull() && !(await drainsSoon())) return;
      }
      position = Math.max(position, readTo);
      if (stopped || atEnd) return;
    }
  }
  /** Whoever reads as fast as it is sent to is not sent away from the log for what waits in this very turn. */
  async function drainsSoon(): Promise<boolean> {
    // One in which it is written, one in which that is known.
    for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve));
    if (isFull() && !stopped) await clock.sleep(holdMs);
    return !isFull();
  }
  async function drained(): Promise<void> {
    let least = outlet.buffered();
    if (least <= bufferBytes / 4) return;
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
