/**
 * How far a projection has read, kept in Postgres and moved in the transaction that writes the rows: each event counts exactly once.
 * A position is (incarnation, seq): a bare sequence number says nothing about a log that was recreated or lost its tail.
 */
import { type Migration, type SqlExecutor, sql } from '@wam/service-kit/postgres';

export interface CheckpointTable {
  checkpoint: { name: string; incarnation: string; seq: number };
}
export interface Checkpoint {
  /** Creation time of the stream. */
  incarnation: string;
  /** Last sequence whose effect is in the rows; 0 before the first. */
  seq: number;
}
/**
 * ok: moved. same: somebody (this process before a crash of its connection, perhaps) had moved it to exactly there.
 * someone-ahead: another projector is further; stop, it is active. mismatch: the checkpoint is elsewhere or of another log; stop.
 * In all cases but `ok` the transaction must be rolled back.
 */
export type AdvanceResult = 'ok' | 'same' | 'someone-ahead' | 'mismatch';

/** Add it to the service's migrations; creates the table in the service's own schema. */
export const createCheckpointTable: Migration = {
  async up(db) {
    await sql`create table checkpoint (
      name text primary key,
      incarnation text not null,
      seq bigint not null check (seq >= 0),
      advanced_at timestamptz not null default now()
    )`.execute(db);
  },
  async down(db) {
    await sql`drop table checkpoint`.execute(db);
  },
};

/** `undefined` for a projection that has never run. */
export async function readCheckpoint(db: SqlExecutor, name: string): Promise<Checkpoint | undefined> {
  const result = await sql<Checkpoint>`select incarnation, seq from checkpoint where name = ${name}`.execute(db);
  return result.rows[0];
}

/** Starts a projection at `seq` of a log; answers what is there, when somebody has started it already. */
export async function initialiseCheckpoint(db: SqlExecutor, name: string, start: Checkpoint): Promise<Checkpoint> {
  await sql`insert into checkpoint (name, incarnation, seq) values (${name}, ${start.incarnation}, ${start.seq})
    on conflict (name) do nothing`.execute(db);
  return (await readCheckpoint(db, name))!;
}

/** Moves from exactly where the caller read on. Call it in the transaction of the rows, before it commits. */
export async function advanceCheckpoint(
  trx: SqlExecutor,
  name: string,
  move: { incarnation: string; fromSeq: number; toSeq: number },
): Promise<AdvanceResult> {
  const updated = await sql`update checkpoint set seq = ${move.toSeq}, advanced_at = now()
    where name = ${name} and incarnation = ${move.incarnation} and seq = ${move.fromSeq}`.execute(trx);
  if (updated.numAffectedRows === 1n) return 'ok';
  const actual = await readCheckpoint(trx, name);
  if (actual === undefined || actual.incarnation !== move.incarnation) return 'mismatch';
  if (actual.seq === move.toSeq) return 'same';
  return actual.seq > move.fromSeq ? 'someone-ahead' : 'mismatch';
}

/** The log is not the one the rows were made of. Nobody continues from here but a person, or a rebuild. */
export class CheckpointDiverged extends Error {
  constructor(name: string, why: string) {
    super(`checkpoint ${name}: ${why}`);
    this.name = 'CheckpointDiverged';
  }
}

/** @throws CheckpointDiverged when the log was recreated, or ends before the checkpoint */
export function verifyCheckpoint(
  name: string,
  checkpoint: Checkpoint,
  log: { incarnation: string; lastSeq: number },
): void {
  if (checkpoint.incarnation !== log.incarnation)
    throw new CheckpointDiverged(name, `made from the log of ${checkpoint.incarnation}, this is ${log.incarnation}`);
  if (log.lastSeq < checkpoint.seq)
    throw new CheckpointDiverged(name, `at ${checkpoint.seq}, but the log ends at ${log.lastSeq}: it lost its tail`);
}
