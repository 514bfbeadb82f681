/**
 * The one writer of the read models. Of all processes the one that holds the advisory lock projects, on the very connection that
 * holds it: who loses the lock loses the ability to write. The checkpoint, moved from exactly where it was read, guards the rest.
 */
import { streams } from '@wam/contracts';
import {
  advanceCheckpoint,
  createLogFollower,
  type Following,
  initialiseCheckpoint,
  isOtherOrTrimmedLog,
  readCheckpoint,
  verifyCheckpoint,
} from '@wam/event-store';
import type { Clock, Logger, Service } from '@wam/service-kit';
import { consumeEvents, type NatsConnection, type StoredEvent, streamState } from '@wam/service-kit/nats';
import { inTransaction, type Kysely, releaseAdvisoryLock, sql, tryAdvisoryLock } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../database.ts';
import { archive } from '../event-archive/projection.ts';
import { archiveLine, createPartitions, insertArchivedLines } from '../event-archive/table.ts';
import type { OpenSealed } from '../message/projection.ts';
import { eventsProjected } from '../telemetry.ts';
import { traceProjection } from '../traces.ts';
import { joinProjectors } from './hold-projector.ts';
import { type Recognised, recognise, sortOut } from './known-events.ts';
import type { Progress } from './progress.ts';
import { projectBatch } from './project-batch.ts';

export const checkpointName = 'analytics';

/** At some hundred events a second, twenty transactions instead of two hundred: Postgres and this process at a third of the cost. */
const paceMs = 50;

/** Somebody moved the checkpoint although this process holds the lock. Nothing was written; a person must look. */
export class CheckpointConflict extends Error {
  constructor(result: string) {
    super(`checkpoint ${checkpointName}: ${result}; another projector is active`);
    this.name = 'CheckpointConflict';
  }
}

export interface ProjectorDependencies {
  db: Kysely<AnalyticsTables>;
  nc: NatsConnection;
  open: OpenSealed;
  progress: Progress;
  clock: Clock;
  logger: Logger;
  /** Events per transaction. */
  maxBatch: number;
  /** Pause of a standby between two tries, and before a failed projector starts again. Default 500 ms. */
  retryMs?: number;
}

interface Prepared {
  seq: number;
  /** Decides the partition of the archive. */
  at: string;
  line: string;
  recognised: Recognised;
}

export function createProjector(dependencies: ProjectorDependencies): Service {
  const { db, nc, open, progress, clock, logger, maxBatch, retryMs = 500 } = dependencies;

  /** Until the lock is held by somebody else, the log is not ours any more, or something fails. */
  async function competeAndProject(following: Following): Promise<void> {
    await db.connection().execute(async (connection) => {
      if (!(await tryAdvisoryLock(connection, lockKey))) {
        following.standBy();
        return;
      }
      try {
        // Rows and checkpoint of one transaction are there together or not at all, and what a crash of the server takes is in the log still.
        await sql`set synchronous_commit = off`.execute(connection);
        await project(connection, following);
      } finally {
        progress.setReporting(false);
        await sql`reset synchronous_commit`.execute(connection).catch(() => undefined);
        // A broken connection has released it already.
        await releaseAdvisoryLock(connection, lockKey).catch(() => undefined);
      }
    });
  }

  async function project(connection: Kysely<AnalyticsTables>, following: Following): Promise<void> {
    const log = await streamState(nc, streams.events.name);
    const start = { incarnation: log.incarnation, seq: 0 };
    const checkpoint = await initialiseCheckpoint(connection, checkpointName, start);
    verifyCheckpoint(checkpointName, checkpoint, log);
    const { incarnation } = checkpoint;
    const partitions = createPartitions(connection);
    await partitions.ensure(monthsAhead(clock.now()));
    let position = checkpoint.seq;

    function prepare(stored: StoredEvent): Prepared {
      const recognised = recognise(stored);
      if (recognised === 'skipped') {
        const { seq, subject } = stored;
        logger.error({ seq, subject }, 'event not understood: skipped');
      }
      const archived = archive(incarnation, stored, typeof recognised === 'object');
      return { seq: stored.seq, at: archived.at, line: archiveLine(archived), recognised };
    }
    async function apply(batch: readonly Prepared[]): Promise<void> {
      const last = batch.at(-1);
      if (last === undefined) return;
      const startedAtMs = clock.now();
      const lines = batch.map(({ line }) => line);
      const events = sortOut(batch.map(({ recognised }) => recognised));
      await partitions.ensure(batch.map(({ at }) => at));
      await inTransaction(connection, async (trx) => {
        await joinProjectors(trx);
        // The server archives while this process folds.
        await Promise.all([projectBatch(trx, events, open), insertArchivedLines(trx, lines)]);
        const move = { incarnation, fromSeq: position, toSeq: last.seq };
        const result = await advanceCheckpoint(trx, checkpointName, move);
        if (result !== 'ok') throw new CheckpointConflict(result);
      });
      position = last.seq;
      eventsProjected(batch.length);
      traceProjection(events, startedAtMs, clock.now());
      progress.report(position);
    }

    progress.report(position);
    progress.setReporting(true);
    logger.info({ incarnation, seq: position, head: log.lastSeq }, 'projecting');
    const reading = consumeEvents(nc, {
      fromSeq: position + 1,
      incarnation,
      prepare,
      onBatch: apply,
      maxBatch,
      paceMs,
      isUrgent: () => progress.isAwaited,
      logger,
    });
    progress.onWait(() => reading.hurry());
    try {
      await following.readOn(reading);
    } finally {
      progress.onWait(undefined);
    }
  }

  return createLogFollower({
    name: 'projector',
    what: 'projecting',
    follow: (following) =>
      competeAndProject(following).catch((error: unknown) => {
        progress.forget();
        throw error;
      }),
    isFinal: (error) => isOtherOrTrimmedLog(error) || error instanceof CheckpointConflict,
    onEnd(how) {
      if (how === 'halted') progress.halt();
    },
    retryMs,
    clock,
    logger,
  });
}

/** Any 64-bit number, the same in every process and release. */
const lockKey = '7236498251735011';

/** This month and the next two: at midnight on the first nobody has to wait for a lock on the whole table. */
function monthsAhead(nowMs: number): string[] {
  const now = new Date(nowMs);
  return [0, 1, 2].map((ahead) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString());
}

/** Position of the projector, in whichever process it runs; 0 before its first start. */
export async function readPosition(db: Kysely<AnalyticsTables>): Promise<number> {
  return (await readCheckpoint(db, checkpointName))?.seq ?? 0;
}
