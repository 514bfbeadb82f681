/**
 * Follows the event log into deliveries. Of all processes the one that holds the advisory lock fans out, on the connection that holds it; the others
 * stand by and watch the checkpoint, to look for what was put there for webhooks that they serve. Deliveries and checkpoint are one transaction: an
 * event is neither lost nor told twice. What can be attempted at once is, before that transaction (see unwritten.ts).
 */
import { type EntitlementsReply, type RejectionBody, streams } from '@wam/contracts';
import {
  createLogFollower,
  type Following,
  initialiseCheckpoint,
  readCheckpoint,
  verifyCheckpoint,
} from '@wam/event-store';
import { type Clock, type Logger, type Service, systemClock } from '@wam/service-kit';
import {
  consumeEvents,
  type EventConsumption,
  type NatsConnection,
  type StoredEvent,
  streamState,
} from '@wam/service-kit/nats';
import { type Kysely, releaseAdvisoryLock, sql, tryAdvisoryLock } from '@wam/service-kit/postgres';
import type { NewDelivery } from '../delivery/delivery-table.ts';
import type { Unwritten } from '../delivery/unwritten.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import { createBell } from './bell.ts';
import { type FanOutDeps, fanOutEvents } from './fan-out-events.ts';
import { createOpenBatches, type OpenBatch } from './open-batches.ts';
import { createSessionBook } from './session-book.ts';
import { checkpointName, Overtaken, type WriteBatchesDeps, writeBatches } from './write-batches.ts';

export interface EventFollowerDeps extends FanOutDeps, WriteBatchesDeps {
  nc: NatsConnection;
  clock: Clock;
  logger: Logger;
  /** The server ends the connection of a process that is frozen for so long, in a transaction or out of one: another one fans out. */
  leaseMs: number;
  readEntitlements: (tenant: string) => Promise<EntitlementsReply | RejectionBody>;
  /** To be attempted before they are written. @returns those that nobody here attempts now */
  offerUnwritten: (deliveries: readonly NewDelivery[], unwritten: Unwritten) => readonly NewDelivery[];
  /** This process has put these there. Those that somebody attempts already are among them. */
  onDeliveries: (deliveries: readonly NewDelivery[]) => void;
  /** Their attempts took so long that their rows were written without the outcome. */
  onOverdue: (webhookIds: readonly string[]) => void;
  /** Somebody else may have put something there for webhooks of these accounts. */
  onOthers: (tenants: readonly string[]) => void;
}

const retryMs = 500;
const maxBatch = 250;
/** Under load, fewer and larger transactions; the first event after a quiet time goes at once. */
const paceMs = 20;
/** Deliveries whose rows are not written yet: what may be sent again after a crash. Receivers that answer soon are waited for; see `accept` of a run. */
const maxOpen = 1_000;
const roomMs = 300;

type Database = Kysely<WebhooksTables>;

export function createEventFollower(deps: EventFollowerDeps): Service {
  const { db, nc, clock, logger, leaseMs } = deps;
  /** There may be something to write. */
  const ripe = createBell();
  /** There may be room for more. */
  const room = createBell();
  // Both outlive a connection: what is open is written on the next one, unless another process has come between.
  const open = createOpenBatches(ripe.ring);
  const sessions = createSessionBook(db);
  /** Where the checkpoint stood when this process saw it last. */
  let position = { incarnation: '', seq: -1 };

  async function follow(following: Following): Promise<void> {
    const log = await streamState(nc, streams.events.name);
    // From the beginning: sessions are made of their events.
    const start = { incarnation: log.incarnation, seq: Math.max(0, log.firstSeq - 1) };
    await db.connection().execute(async (connection) => {
      await initialiseCheckpoint(connection, checkpointName, start);
      await standBy(connection, following);
      if (following.stopping.aborted) return;
      try {
        await sql`select set_config('synchronous_commit', 'off', false), set_config('idle_session_timeout', ${String(leaseMs)}, false),
          set_config('idle_in_transaction_session_timeout', ${String(leaseMs)}, false)`.execute(connection);
        await lead(connection, following);
      } finally {
        for (const setting of ['synchronous_commit', 'idle_session_timeout', 'idle_in_transaction_session_timeout'])
          await sql`reset ${sql.raw(setting)}`.execute(connection).catch(() => undefined);
        // A broken connection has released it already.
        await releaseAdvisoryLock(connection, lockKey).catch(() => undefined);
      }
    });
  }

  /** Until this process fans out. */
  async function standBy(connection: Database, following: Following): Promise<void> {
    let watching: EventConsumption | undefined;
    const ended = new AbortController();
    try {
      while (!following.stopping.aborted && !(await tryAdvisoryLock(connection, lockKey))) {
        // Another one fans out: what is open here is told by it.
        loseOpen();
        watching ??= await watch(ended.signal);
        following.standBy();
        // Who fans out lives or dies in real time, even where a spec turns the clock.
        await Promise.race([systemClock.sleep(retryMs, following.stopping).catch(() => undefined), watching.done]);
      }
    } finally {
      ended.abort();
      await watching?.stop();
    }
  }

  function loseOpen(): void {
    const { tenants } = open;
    open.lose();
    sessions.forget();
    // Their rows may be in the table: from another process, or from this one when it was not told of its commit.
    if (tenants.length > 0) deps.onOthers(tenants);
  }

  async function watch(ended: AbortSignal): Promise<EventConsumption> {
    const { incarnation, lastSeq } = await streamState(nc, streams.events.name);
    async function awaitWritten(batch: readonly StoredEvent[]): Promise<void> {
      const toSeq = batch.at(-1)?.seq ?? 0;
      while (!ended.aborted && ((await readCheckpoint(db, checkpointName))?.seq ?? 0) < toSeq)
        await systemClock.sleep(paceMs, ended).catch(() => undefined);
      deps.onOthers([...new Set(batch.map(({ event }) => event.tenant))]);
    }
    return consumeEvents(nc, { fromSeq: lastSeq + 1, incarnation, onBatch: awaitWritten, maxBatch, paceMs, logger });
  }

  async function lead(connection: Database, following: Following): Promise<void> {
    const checkpoint = await readCheckpoint(connection, checkpointName);
    if (checkpoint === undefined) throw new Error(`checkpoint ${checkpointName} is gone`);
    verifyCheckpoint(checkpointName, checkpoint, await streamState(nc, streams.events.name));
    const { incarnation, seq } = checkpoint;
    if ((open.fromSeq ?? position.seq) !== seq || position.incarnation !== incarnation) loseOpen();
    position = { incarnation, seq };
    const ending = Promise.withResolvers<void>();
    let hasEnded = false;
    let failure: unknown;
    const reading = consumeEvents(nc, {
      fromSeq: (open.toSeq ?? seq) + 1,
      incarnation,
      async onBatch(batch) {
        const added = await fanOut(batch);
        // The next batch sees what a plan has done to webhooks.
        if (added.plans.size > 0) await Promise.race([added.unwritten.written, ending.promise]);
        // Nobody's events are held up for long by receivers that have become slow.
        while (open.size > maxOpen && !hasEnded) if (!(await room.within(roomMs))) open.press();
      },
      maxBatch,
      paceMs,
      logger,
    });
    const end = (): void => {
      hasEnded = true;
      ending.resolve();
      room.ring();
      ripe.ring();
    };
    const writing = write(connection, () => hasEnded).catch((error: unknown) => {
      failure = error;
      end();
      return reading.stop();
    });
    try {
      await following.readOn(reading);
    } finally {
      end();
      await writing;
    }
    if (failure !== undefined) throw failure;
  }

  async function fanOut(batch: readonly StoredEvent[]): Promise<OpenBatch> {
    const plans = await readChangedPlans(batch);
    const deliveries = await fanOutEvents(batch, sessions, deps);
    const range = { fromSeq: open.toSeq ?? position.seq, toSeq: batch.at(-1)!.seq };
    return open.add({ ...range, deliveries, sessions: sessions.changes(), plans }, deps.offerUnwritten);
  }

  /** Until nothing more comes and everything is written. */
  async function write(connection: Database, hasEnded: () => boolean): Promise<void> {
    for (;;) {
      if (hasEnded()) open.press();
      const batches = open.ripe();
      const last = batches.at(-1);
      if (last !== undefined) {
        await writeBatches(connection, batches, { ...deps, incarnation: position.incarnation });
        position = { ...position, seq: last.toSeq };
        open.written(batches);
        if (open.fromSeq === undefined) sessions.trim();
        room.ring();
        for (const batch of batches) afterwards(batch);
      } else if (hasEnded()) return;
      // The connection must show that this process lives.
      else if (!(await ripe.within(leaseMs / 4))) await sql`select 1`.execute(connection);
    }
  }

  /** Before anything else happens: who still attempts one of them has not heard yet that it is written. */
  function afterwards({ waiting, deliveries, unwritten, isOverdue }: OpenBatch): void {
    const others = deliveries.filter(({ id }) => !unwritten.outcomes.has(id));
    if (others.length > 0) deps.onDeliveries(others);
    if (!isOverdue) return;
    const late = others.filter((delivery) => !waiting.includes(delivery));
    deps.onOverdue([...new Set(late.map(({ webhookId }) => webhookId))]);
  }

  /** Of accounts with webhooks: whether the plan they have now includes them. @throws Error when auth does not answer: the batch is tried again */
  async function readChangedPlans(batch: readonly StoredEvent[]): Promise<Map<string, boolean>> {
    const plans = new Map<string, boolean>();
    for (const { event } of batch) {
      if (event.type !== 'PlanChanged' || plans.has(event.tenant)) continue;
      const any = await db.selectFrom('webhook').select('id').where('tenant', '=', event.tenant).executeTakeFirst();
      if (any === undefined) continue;
      const entitlements = await deps.readEntitlements(event.tenant);
      if (!('code' in entitlements)) plans.set(event.tenant, entitlements.features.includes('webhooks'));
      else if (entitlements.code !== 'ACCOUNT_NOT_FOUND') throw new Error(`auth: ${entitlements.code}`);
    }
    return plans;
  }

  return createLogFollower({
    name: 'webhook follower',
    what: 'telling webhooks',
    follow,
    isStandBy: (error) => error instanceof Overtaken,
    // Nobody writes any more: who waits for that is told.
    onEnd: () => open.lose(),
    retryMs,
    clock,
    logger,
  });
}

/** Any 64-bit number, the same in every process and release. */
const lockKey = '5403377122790148613';
