/**
 * Follows a domain of the event log for what auth counts. Every process reads; a batch is written by whoever locks the checkpoint first, and the
 * others find it done. So there is no leader to elect, and no pause when a process dies.
 */
import { type AnyEvent, type EventDomain, streams, subjects } from '@wam/contracts';
import {
  advanceCheckpoint,
  CheckpointDiverged,
  createLogFollower,
  type Following,
  initialiseCheckpoint,
  type LogFollower,
  verifyCheckpoint,
} from '@wam/event-store';
import type { Clock, Logger } from '@wam/service-kit';
import { consumeEvents, LogDiverged, type NatsConnection, type StoredEvent, streamState } from '@wam/service-kit/nats';
import { inTransaction, type Kysely, type Transaction } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';

export interface DomainFollowerDeps {
  db: Kysely<AuthTables>;
  nc: NatsConnection;
  clock: Clock;
  logger: Logger;
}
export interface DomainFollowerOptions {
  /** Of its checkpoint. */
  name: string;
  domain: EventDomain;
  /** Where a checkpoint that is not there yet begins. */
  from: 'beginning' | 'end';
  /** Least time between two batches. Default 0. */
  paceMs?: number;
  /** In the transaction that moves the checkpoint, once for each event. */
  apply(trx: Transaction<AuthTables>, events: readonly AnyEvent[]): Promise<void>;
}

const retryMs = 500;

/** Not what has left the log by age: see `follow`. */
const isFinal = (error: unknown): boolean => error instanceof LogDiverged || error instanceof CheckpointDiverged;

export function createDomainFollower(options: DomainFollowerOptions, deps: DomainFollowerDeps): LogFollower {
  const { name } = options;
  const { db, nc, clock, logger } = deps;

  async function follow({ readOn }: Following): Promise<void> {
    const log = await streamState(nc, streams.events.name);
    const start = options.from === 'beginning' ? 0 : log.lastSeq;
    const checkpoint = await initialiseCheckpoint(db, name, { incarnation: log.incarnation, seq: start });
    // Asked again: another process may have moved the checkpoint beyond what was the end.
    verifyCheckpoint(name, checkpoint, await streamState(nc, streams.events.name));
    // The checkpoint moves with events of its domain only: on a quiet installation what follows it leaves the log by age. Events of a
    // time in which no auth ran cannot be told from that; what is counted from them is worth less than the service.
    const seq = Math.max(checkpoint.seq, log.firstSeq - 1);
    if (seq > checkpoint.seq)
      logger.warn({ name, from: checkpoint.seq, to: seq }, 'events left the log by age before it was read on');
    const consumption = consumeEvents(nc, {
      filter: subjects.eventsOfDomain(options.domain),
      fromSeq: seq + 1,
      incarnation: checkpoint.incarnation,
      onBatch: (batch) => apply(batch, checkpoint.incarnation),
      paceMs: options.paceMs ?? 0,
      logger,
    });
    await readOn(consumption);
  }

  async function apply(batch: readonly StoredEvent[], incarnation: string): Promise<void> {
    const toSeq = batch.at(-1)?.seq ?? 0;
    await inTransaction(db, async (trx) => {
      const { seq: fromSeq } = await trx
        .selectFrom('checkpoint')
        .select('seq')
        .where('name', '=', name)
        .forUpdate()
        .executeTakeFirstOrThrow();
      if (fromSeq >= toSeq) return;
      await options.apply(
        trx,
        batch.filter(({ seq }) => seq > fromSeq).map(({ event }) => event),
      );
      const moved = await advanceCheckpoint(trx, name, { incarnation, fromSeq, toSeq });
      if (moved !== 'ok') throw new CheckpointDiverged(name, `cannot be moved: ${moved}`);
    });
  }

  const what = `following ${name}`;
  const follower = createLogFollower({ name: what, what, follow, isFinal, retryMs, clock, logger });
  // Logins must not end with what is counted from the log: the process stays ready.
  return { ...follower, health: () => ({ ...follower.health(), ready: true }) };
}
