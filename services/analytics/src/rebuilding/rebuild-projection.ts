/**
 * Builds a projection beside the live one from the archive, and takes its place: readers and the projector go on meanwhile, and stop only for
 * the last events and the exchange itself. With `check` the live tables stay and the differences are counted instead.
 */
import { readCheckpoint } from '@wam/event-store';
import { inTransaction, type Kysely, migrate, sql, type Transaction } from '@wam/service-kit/postgres';
import { type AnalyticsTables, schemaName } from '../database.ts';
import type { OpenSealed } from '../message/projection.ts';
import { migrations } from '../migrations.ts';
import { holdProjector } from '../projecting/hold-projector.ts';
import { checkpointName } from '../projecting/projector.ts';
import { replayArchive } from '../projecting/replay-archive.ts';
import { type ProjectionName, tablesOf } from './projections.ts';
import { seedFromTrimmed } from './seed-from-trimmed.ts';

/** Filled beside the live schema; what is left of an interrupted rebuild is dropped by the next. */
const besideSchema = 'analytics_rebuild';
const retiredSchema = 'analytics_retired';
/** So few events are replayed while the projector waits: well under a second. */
const tailEvents = 5_000;

export interface RebuildOptions {
  /** The live tables. */
  live: Kysely<AnalyticsTables>;
  /** To them, on which a statement may take its time. */
  connection: Kysely<AnalyticsTables>;
  /** The same database with `schema` on its search path; closed by the caller's `close`. */
  openBeside(schema: string): { db: Kysely<AnalyticsTables>; close(): Promise<void> };
  open: OpenSealed;
  projection: ProjectionName;
  check: boolean;
  onProgress(progress: RebuildProgress): Promise<void>;
}
export interface RebuildProgress {
  /** Position in the log that the rebuilt tables have reached, and where the live ones are. */
  seq: number;
  targetSeq: number;
}
/** Per table: rows that one side has and the other has not. */
export type Differences = Record<string, { onlyLive: number; onlyRebuilt: number }>;

export class NothingToRebuild extends Error {
  constructor() {
    super('the projector has never run: there is nothing to rebuild');
    this.name = 'NothingToRebuild';
  }
}

/** After a log was recreated and the checkpoint set by hand: sequences of two logs are no order, and replaying one would lose the other. */
export class ArchiveOfTwoLogs extends Error {
  constructor(incarnation: string) {
    super(`the archive also holds events of the log of ${incarnation}: a rebuild from the present log would lose them`);
    this.name = 'ArchiveOfTwoLogs';
  }
}

/** @returns the differences when only checking @throws NothingToRebuild, ArchiveOfTwoLogs */
export async function rebuildProjection(options: RebuildOptions): Promise<Differences | undefined> {
  const { live, connection, projection, check } = options;
  await expectOneLog(connection);
  await dropSchema(connection, besideSchema);
  const beside = options.openBeside(besideSchema);
  let seq = 0;
  /** To where the live tables are; nobody may write them meanwhile. */
  async function catchUp(trx: Transaction<AnalyticsTables>): Promise<void> {
    await holdProjector(trx);
    const checkpoint = await liveCheckpoint(trx);
    await replay(options, beside.db, { ...checkpoint, seq }, checkpoint.seq);
    await options.onProgress({ seq: checkpoint.seq, targetSeq: checkpoint.seq });
  }
  try {
    await migrate(beside.db, { schema: besideSchema, migrations });
    await seedFromTrimmed(connection, besideSchema, projection);
    for (;;) {
      const checkpoint = await liveCheckpoint(live);
      await options.onProgress({ seq, targetSeq: checkpoint.seq });
      if (checkpoint.seq - seq <= tailEvents) break;
      await replay(options, beside.db, { ...checkpoint, seq }, checkpoint.seq);
      seq = checkpoint.seq;
    }
    if (check) return await compare(options, catchUp);
    await inTransaction(connection, async (trx) => {
      await catchUp(trx);
      await exchange(trx, projection);
    });
    return undefined;
  } finally {
    await beside.close();
    await dropSchema(connection, besideSchema);
  }
}

/** As both are at one moment: comparing takes minutes, for which the projector does not have to wait. */
async function compare(
  { live, connection, projection }: RebuildOptions,
  catchUp: (trx: Transaction<AnalyticsTables>) => Promise<void>,
): Promise<Differences> {
  const snapshot = await connection.startTransaction().setIsolationLevel('repeatable read').execute();
  try {
    await inTransaction(live, async (trx) => {
      await catchUp(trx);
      // The first query of a transaction decides what it sees.
      await liveCheckpoint(snapshot);
    });
    return await countDifferences(snapshot, projection);
  } finally {
    await snapshot.rollback().execute();
  }
}

async function expectOneLog(db: Kysely<AnalyticsTables>): Promise<void> {
  const { incarnation } = await liveCheckpoint(db);
  const { rows } = await sql<{ oldest: string | null; newest: string | null }>`
    select min(incarnation) as oldest, max(incarnation) as newest from event_log`.execute(db);
  const other = [rows[0]!.oldest, rows[0]!.newest].find((found) => found !== null && found !== incarnation);
  if (other !== undefined && other !== null) throw new ArchiveOfTwoLogs(other);
}

async function liveCheckpoint(db: Kysely<AnalyticsTables>) {
  const checkpoint = await readCheckpoint(db, checkpointName);
  if (checkpoint === undefined) throw new NothingToRebuild();
  return checkpoint;
}

const replay = (
  { live, open, projection, onProgress }: RebuildOptions,
  target: Kysely<AnalyticsTables>,
  from: { incarnation: string; seq: number },
  toSeq: number,
): Promise<number> =>
  replayArchive({
    archive: live,
    target,
    open,
    incarnation: from.incarnation,
    fromSeq: from.seq + 1,
    toSeq,
    projections: [projection],
    onProgress: (seq) => onProgress({ seq, targetSeq: toSeq }),
  });

async function countDifferences(trx: Transaction<AnalyticsTables>, projection: ProjectionName): Promise<Differences> {
  const differences: Differences = {};
  for (const [table, isRow] of Object.entries(tablesOf[projection])) {
    const rowsOf = (schema: string) => sql`select * from ${sql.table(`${schema}.${table}`)} where ${isRow}`;
    const count = (here: string, there: string) => sql<number>`
      (select count(*) from (${rowsOf(here)} except all ${rowsOf(there)}) as missing)`;
    const { rows } = await sql<{ onlyLive: number; onlyRebuilt: number }>`
      select ${count(schemaName, besideSchema)} as "onlyLive", ${count(besideSchema, schemaName)} as "onlyRebuilt"`.execute(
      trx,
    );
    differences[table] = rows[0]!;
  }
  return differences;
}

/** Readers see the old tables until the commit and the new ones from then on. */
async function exchange(trx: Transaction<AnalyticsTables>, projection: ProjectionName): Promise<void> {
  await sql`create schema ${sql.id(retiredSchema)}`.execute(trx);
  for (const table of Object.keys(tablesOf[projection])) {
    await sql`alter table ${sql.table(`${schemaName}.${table}`)} set schema ${sql.id(retiredSchema)}`.execute(trx);
    await sql`alter table ${sql.table(`${besideSchema}.${table}`)} set schema ${sql.id(schemaName)}`.execute(trx);
  }
  await sql`drop schema ${sql.id(retiredSchema)} cascade`.execute(trx);
}

const dropSchema = (db: Kysely<AnalyticsTables>, schema: string): Promise<unknown> =>
  sql`drop schema if exists ${sql.id(schema)} cascade`.execute(db);
