/**
 * Follows `evt.session.>` for the session count and the audit log. Every process reads; a batch is written by whoever locks the checkpoint
 * first, and the others find it done. So there is no leader to elect, and no pause when a process dies.
 */
import { streams, subjects } from '@wam/contracts';
import { advanceCheckpoint, CheckpointDiverged, initialiseCheckpoint, verifyCheckpoint } from '@wam/event-store';
import { type Clock, defineService, type Logger, type Service } from '@wam/service-kit';
import {
  consumeEvents,
  type EventConsumption,
  isStreamNotFound,
  LogDiverged,
  lastSequenceOf,
  type NatsConnection,
  type StoredEvent,
  streamState,
} from '@wam/service-kit/nats';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import { insertAuditEntries } from '../audit/audit-table.ts';
import type { AuthTables } from '../storage/schema.ts';
import { sessionChanges } from './session-changes.ts';
import { addSessions, removeSessions } from './session-owner-table.ts';

export interface SessionFollower extends Service {
  /** Resolves when everything the log holds of the tenant's sessions now is in the tables, or after a second. */
  catchUp(tenant: string): Promise<void>;
}
export interface SessionFollowerDeps {
  db: Kysely<AuthTables>;
  nc: NatsConnection;
  clock: Clock;
  logger: Logger;
}

export const checkpointName = 'sessions';
const retryMs = 500;
const catchUpMs = 1_000;
const lookAgainMs = 10;

const isFinal = (error: unknown): boolean => error instanceof LogDiverged || error instanceof CheckpointDiverged;

export function createSessionFollower({ db, nc, clock, logger }: SessionFollowerDeps): SessionFollower {
  const stopping = new AbortController();
  let consumption: EventConsumption | undefined;
  let running: Promise<void> = Promise.resolve();
  let halted: string | undefined;

  async function follow(): Promise<void> {
    const log = await streamState(nc, streams.events.name);
    const checkpoint = await initialiseCheckpoint(db, checkpointName, { incarnation: log.incarnation, seq: 0 });
    // Asked again: another process may have moved the checkpoint beyond what was the end.
    verifyCheckpoint(checkpointName, checkpoint, await streamState(nc, streams.events.name));
    if (stopping.signal.aborted) return;
    // The checkpoint moves with session events only: on a quiet installation what follows it leaves the log by age. Session events of a
    // time in which no auth ran cannot be told from that; the session count is worth less than the service.
    const seq = Math.max(checkpoint.seq, log.firstSeq - 1);
    if (seq > checkpoint.seq)
      logger.warn({ from: checkpoint.seq, to: seq }, 'events left the log by age before the session log was read on');
    consumption = consumeEvents(nc, {
      filter: subjects.eventsOfDomain('session'),
      fromSeq: seq + 1,
      incarnation: checkpoint.incarnation,
      onBatch: (batch) => apply(batch, checkpoint.incarnation),
      logger,
    });
    await consumption.done;
  }

  async function apply(batch: readonly StoredEvent[], incarnation: string): Promise<void> {
    const toSeq = batch.at(-1)?.seq ?? 0;
    await inTransaction(db, async (trx) => {
      const { seq: fromSeq } = await trx
        .selectFrom('checkpoint')
        .select('seq')
        .where('name', '=', checkpointName)
        .forUpdate()
        .executeTakeFirstOrThrow();
      if (fromSeq >= toSeq) return;
      const changes = sessionChanges(batch.filter(({ seq }) => seq > fromSeq).map(({ event }) => event));
      if (changes.skipped > 0)
        logger.error({ count: changes.skipped, toSeq }, 'session events not understood: skipped');
      await addSessions(trx, changes.created);
      await removeSessions(trx, changes.deleted);
      await insertAuditEntries(trx, changes.audit);
      const moved = await advanceCheckpoint(trx, checkpointName, { incarnation, fromSeq, toSeq });
      if (moved !== 'ok') throw new CheckpointDiverged(checkpointName, `cannot be moved: ${moved}`);
    });
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await follow();
      } catch (error) {
        if (isFinal(error)) {
          halted = error instanceof Error ? error.message : String(error);
          logger.fatal({ err: error }, 'sessions are not counted or audited any more: this is another event log');
          return;
        }
        // Before the first start of the platform there is no log yet.
        if (!isStreamNotFound(error)) logger.error({ err: error, retryMs }, 'session log not followed; trying again');
      } finally {
        consumption = undefined;
      }
      await clock.sleep(retryMs, stopping.signal).catch(() => undefined);
    }
  }

  const service = defineService({
    name: 'session follower',
    async start() {
      // Ends with `stop`; failures are logged and tried again.
      running = run();
    },
    async stop() {
      stopping.abort();
      await consumption?.stop();
      await running;
    },
    // Logins must not end with the counting of sessions: the process stays ready.
    health: () => ({ ready: true, ...(halted === undefined ? {} : { detail: `halted: ${halted}` }) }),
  });
  return {
    ...service,
    [Symbol.asyncDispose]: service.stop,
    async catchUp(tenant) {
      const deadlineMs = clock.monotonicMs() + catchUpMs;
      try {
        const wanted = await lastSequenceOf(nc, streams.events.name, subjects.event('session', tenant, '*'));
        while (halted === undefined && (consumption?.position ?? 0) < wanted && clock.monotonicMs() < deadlineMs)
          await clock.sleep(lookAgainMs, stopping.signal);
      } catch (error) {
        logger.warn({ err: error }, 'session log could not be asked how far it is');
      }
    },
  };
}
