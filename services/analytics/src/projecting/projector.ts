/**
 * The one writer of the read models. Of all processes the one that holds the advisory lock projects, on the very connection that
 * holds it: who loses the lock loses the ability to write. The checkpoint, moved from exactly where it was read, guards the rest.
 */
import { streams } from '@wam/contracts';
import {
  advanceCheckpoint,
  CheckpointDiverged,
  initialiseCheckpoint,
  readCheckpoint,
  verifyCheckpoint,
} from '@wam/event-store';
import { type Clock, defineService, type Logger, type Service } from '@wam/service-kit';
import {
  consumeEvents,
  type EventConsumption,
  LogDiverged,
  LogTrimmed,
  type NatsConnection,
  type StoredEvent,
  streamState,
} from '@wam/service-kit/nats';
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

type State =
  | { kind: 'starting' | 'standby' | 'projecting' | 'stopped' }
  | { kind: 'failing' | 'halted'; detail: string };

interface Prepared {
  seq: number;
  /** Decides the partition of the archive. */
  at: string;
  line: string;
  recognised: Recognised;
}

const isFinal = (error: unknown): error is Error =>
  [LogDiverged, LogTrimmed, CheckpointDiverged, CheckpointConflict].some((type) => error instanceof type);

export function createProjector(dependencies: ProjectorDependencies): Service {
  const { db, nc, open, progress, clock, logger, maxBatch, retryMs = 500 } = dependencies;
  const stopping = new AbortController();
  let state: State = { kind: 'starting' };
  let consumption: EventConsumption | undefined;
  let running: Promise<void> = Promise.resolve();

  /** Until the lock is held by somebody else, the log is not ours any more, or something fails. */
  async function competeAndProject(): Promise<void> {
    await db.connection().execute(async (connection) => {
      if (!(await tryAdvisoryLock(connection, lockKey))) {
        state = { kind: 'standby' };
        return;
      }
      try {
        // Rows and checkpoint of one transaction are there together or not at all, and what a crash of the server takes is in the log still.
        await sql`set synchronous_commit = off`.execute(connection);
        await project(connection);
      } finally {
        progress.setReporting(false);
        await sql`reset synchronous_commit`.execute(connection).catch(() => undefined);
        // A broken connection has released it already.
        await releaseAdvisoryLock(connection, lockKey).catch(() => undefined);
      }
    });
  }

  async function project(connection: Kysely<AnalyticsTables>): Promise<void> {
    const log = await streamState(nc, streams.events.name);
    const start = { incarnation: log.incarnation, seq: 0 };
    const checkpoint = await initialiseCheckpoint(connection, checkpointName, start);
    verifyCheckpoint(checkpointName, checkpoint, log);
    const { incarnation } = checkpoint;
    const partitions = createPartitions(connection);
    await partitions.ensure(monthsAhead(clock.now()));
    let position = checkpoint.seq;
    // From here to the assignment of `consumption` nothing is awaited: a stop finds either.
    if (stopping.signal.aborted) return;

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
    state = { kind: 'projecting' };
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
    consumption = reading;
    progress.onWait(() => reading.hurry());
    try {
      await reading.done;
    } finally {
      consumption = undefined;
      progress.onWait(undefined);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await competeAndProject();
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        if (isFinal(error)) {
          state = { kind: 'halted', detail };
          progress.halt();
          logger.fatal(
            { err: error },
            'projections have halted: they do not belong to this log, or are written elsewhere',
          );
          return;
        }
        state = { kind: 'failing', detail };
        logger.error({ err: error, retryMs }, 'projector failed; trying again');
      }
      await clock.sleep(retryMs, stopping.signal).catch(() => undefined);
    }
  }

  return defineService({
    name: 'projector',
    async start() {
      // Ends with `stop`; its failures are its state.
      running = run();
    },
    async stop() {
      stopping.abort();
      await consumption?.stop();
      await running;
      state = { kind: 'stopped' };
    },
    health() {
      if (state.kind === 'projecting' || state.kind === 'standby') return { ready: true, detail: state.kind };
      return { ready: false, detail: 'detail' in state ? `${state.kind}: ${state.detail}` : state.kind };
    },
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
