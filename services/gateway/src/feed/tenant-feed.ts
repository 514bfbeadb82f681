/**
 * The events of one account as they are stored, in order and complete: live copies from the bus, and the log itself where copies were
 * lost. The last of them are kept, so that who was away for a moment is served from memory.
 */
import { streams, subjects } from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import {
  type LiveEvent,
  type LiveSubscription,
  lastSequenceOf,
  type NatsConnection,
  openEventReader,
  streamState,
  subscribeLive,
} from '@wam/service-kit/nats';
import { handedToFollowers } from '../telemetry.ts';
import { logTag } from './cursor.ts';
import type { EventAtPlace, FeedEntry, MakeEntry } from './feed-entry.ts';
import { createRecentEntries } from './recent-entries.ts';
import { createSequenceGate, type SequenceGate } from './sequence-gate.ts';

export interface TenantFeed {
  readonly tenant: string;
  /** Of the log it reads. */
  readonly tag: string;
  /** Everything up to this sequence has been given to the followers of the moment. */
  readonly position: number;
  /** What came behind the sequence; undefined when that is no longer in memory. */
  since(seq: number): readonly FeedEntry[] | undefined;
  /** @returns how to stop */
  follow(onEntry: (entry: FeedEntry) => void, onBroken: () => void): () => void;
  /** Copies may have been lost: compares with the log and reads what is missing. */
  verify(): Promise<void>;
  close(): void;
}
export interface TenantFeedDeps {
  nc: NatsConnection;
  make: MakeEntry;
  clock: Clock;
  logger: Logger;
}

/**
 * Of the log, to be read for what is missing. Of one subject no further than to the copy that told of it: what came behind lies among the copies
 * that wait, with what came to other subjects before it.
 */
interface Stretch {
  filter: string;
  from: number;
  to: number;
}

const pageSize = 500;
/** Copies that arrive while a gap is read. Beyond it they are dropped and read from the log instead. */
const maxPending = 5_000;
const retryMs = 250;

/** @throws when the log cannot be reached */
export async function openTenantFeed(tenant: string, deps: TenantFeedDeps): Promise<TenantFeed> {
  const { nc, make, clock, logger } = deps;
  const stream = streams.events.name;
  const filter = subjects.eventsOfTenant(tenant);
  const followers = new Set<{ onEntry: (entry: FeedEntry) => void; onBroken: () => void }>();
  const pending: LiveEvent[] = [];
  /** Accepted while an entry before it is being made. */
  const queue: EventAtPlace[] = [];
  let making = false;
  let gate: SequenceGate | undefined;
  let catchingUp: Promise<void> | undefined;
  let closed = false;

  const live: LiveSubscription = await subscribeLive(nc, filter, receive, logger);
  // After the subscription: what is stored from here on is copied to it.
  const start = await streamState(nc, stream).catch((error: unknown) => {
    live.unsubscribe();
    throw error;
  });
  const tag = logTag(start.incarnation);
  const recent = createRecentEntries(start.lastSeq);
  let position = start.lastSeq;
  let highest = start.lastSeq;
  /** Where the last comparison with the log began: the next reading overlaps with it, for copies lost among others that came. */
  let verifiedTo = start.lastSeq;
  /** In a burst many happen in the same millisecond, and reading a date is a tenth of what an event costs. */
  let lastAt = '';
  let lastAtMs = 0;
  gate = createSequenceGate(start.lastSeq);
  takePending();

  function receive(copy: LiveEvent): void {
    if (gate === undefined || catchingUp !== undefined) {
      if (pending.length < maxPending) pending.push(copy);
      return;
    }
    const verdict = gate.judge(copy);
    if (verdict === 'next') accept(copy);
    else if (verdict === 'gap') {
      logger.info({ tenant, seq: copy.seq, missing: copy.lastSeq }, 'live copies were lost: reading the log');
      void catchUp({ filter: copy.subject, from: gate.lastOf(copy.subject) + 1, to: copy.seq });
    }
  }
  function takePending(): void {
    for (const copy of pending.splice(0)) receive(copy);
  }

  function catchUp(stretch: Stretch): Promise<void> {
    catchingUp ??= readUntilCaughtUp(stretch).finally(() => {
      catchingUp = undefined;
      if (!closed) takePending();
    });
    return catchingUp;
  }
  async function readUntilCaughtUp({ filter, from, to }: Stretch): Promise<void> {
    let next = from;
    while (!closed && !nc.isClosed()) {
      try {
        if ((await streamState(nc, stream)).incarnation !== start.incarnation) {
          breakUp();
          return;
        }
        await using reader = await openEventReader(nc, { filter, from: next });
        for (;;) {
          const { events, readTo, atEnd } = await reader.next(pageSize);
          for (const stored of events) if (stored.seq <= to && gate!.isNew(stored.subject, stored.seq)) accept(stored);
          next = readTo + 1;
          if (closed || atEnd || readTo >= to) return;
        }
      } catch (error) {
        logger.warn({ err: error, tenant, next }, 'the log could not be read; trying again');
        await clock.sleep(retryMs);
      }
    }
  }
  /** The log was made anew: no cursor of before means anything. */
  function breakUp(): void {
    logger.warn({ tenant }, 'the event log is another one: followers have to begin anew');
    for (const { onBroken } of [...followers]) onBroken();
    close();
  }

  function accept(stored: EventAtPlace & { subject: string }): void {
    gate!.pass(stored.subject, stored.seq);
    // Found late, after others were given out: its cursor must not lead back behind them.
    highest = Math.max(highest, stored.seq);
    const inOrder = { ...stored, seq: highest };
    if (making) queue.push(inOrder);
    else makeAndPublish(inOrder);
  }
  function makeAndPublish(stored: EventAtPlace): void {
    const made = make(tag, stored);
    if (!(made instanceof Promise)) {
      publish(stored.seq, made);
      return;
    }
    making = true;
    void finish(stored.seq, made);
  }
  async function finish(seq: number, made: Promise<FeedEntry>): Promise<void> {
    // An entry that cannot be made is a defect; it must not hold up the others.
    const entry = await made.catch((error: unknown) => {
      logger.error({ err: error, tenant }, 'an event could not be shown');
      return undefined;
    });
    publish(seq, entry);
    making = false;
    while (!making && queue.length > 0) makeAndPublish(queue.shift()!);
  }
  function publish(seq: number, entry: FeedEntry | undefined): void {
    position = seq;
    if (entry === undefined || closed) return;
    recent.add(entry);
    if (entry.event.timestamp !== lastAt) {
      lastAt = entry.event.timestamp;
      lastAtMs = Date.parse(lastAt);
    }
    handedToFollowers(clock.now() - lastAtMs);
    for (const { onEntry } of followers) onEntry(entry);
  }
  function close(): void {
    closed = true;
    live.unsubscribe();
    followers.clear();
  }

  return {
    tenant,
    tag,
    get position() {
      return position;
    },
    since: recent.since,
    follow(onEntry, onBroken) {
      if (closed) {
        onBroken();
        return () => undefined;
      }
      const follower = { onEntry, onBroken };
      followers.add(follower);
      return () => followers.delete(follower);
    },
    async verify() {
      if (catchingUp !== undefined) return catchingUp;
      const from = verifiedTo + 1;
      verifiedTo = highest;
      // Copies under way at this moment are read twice and passed once.
      if ((await lastSequenceOf(nc, stream, filter)) > verifiedTo)
        await catchUp({ filter, from, to: Number.POSITIVE_INFINITY });
    },
    close,
  };
}
