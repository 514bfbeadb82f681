/** `event_log`, partitioned by month: old months can be moved or dropped without touching the rest. */
import { copyLine, copyLines, isCheckViolation, type Kysely, sql } from '@wam/service-kit/postgres';
import type { ArchivedEvent } from './projection.ts';

export interface EventLogTable {
  incarnation: string;
  seq: number;
  at: Date;
  subject: string;
  type: string;
  tenant: string;
  id: string;
  v: number;
  version: number;
  correlation_id: string;
  causation_id: string;
  data: unknown;
}

const columns = [
  'incarnation',
  'seq',
  'at',
  'subject',
  'type',
  'tenant',
  'id',
  'v',
  'version',
  'correlation_id',
  'causation_id',
] as const;

/** The row as the archive takes it up: see {@link insertArchivedLines}. */
export const archiveLine = (event: ArchivedEvent): string =>
  copyLine([
    event.incarnation,
    event.seq,
    event.at,
    event.subject,
    event.type,
    event.tenant,
    event.id,
    event.v,
    event.version,
    event.correlationId,
    event.causationId,
    event.data,
  ]);

export const insertArchivedLines = <DB>(db: Kysely<DB>, lines: readonly string[]): Promise<void> =>
  copyLines(db, { table: 'event_log', columns: [...columns, 'data'] }, lines);

/** Events of one log after `afterSeq`, in order. */
export async function readArchivedEvents(
  db: Kysely<{ event_log: EventLogTable }>,
  page: { incarnation: string; afterSeq: number; toSeq: number; limit: number },
): Promise<ArchivedEvent[]> {
  const rows = await db
    .selectFrom('event_log')
    .select(columns)
    .select(sql<string>`data::text`.as('data'))
    .where('incarnation', '=', page.incarnation)
    .where('seq', '>', page.afterSeq)
    .where('seq', '<=', page.toSeq)
    .orderBy('seq')
    .limit(page.limit)
    .execute();
  return rows.map(({ correlation_id, causation_id, at, ...row }) => ({
    ...row,
    at: at.toISOString(),
    correlationId: correlation_id,
    causationId: causation_id,
  }));
}

/** Events dated outside these years (a broken clock) go to the default partition. */
const firstMonth = '2020-01';
const lastMonth = '2099-12';

const partitionOf = (month: string): string => `event_log_${month.replace('-', '_')}`;

export interface Partitions {
  /** Creates the months of these instants that are missing. Outside the batch's transaction: it locks the whole table. */
  ensure(instants: Iterable<string>): Promise<void>;
}

export function createPartitions<DB>(db: Kysely<DB>): Partitions {
  const known = new Set<string>();
  return {
    async ensure(instants) {
      for (const instant of instants) {
        const month = instant.slice(0, 7);
        if (known.has(month)) continue;
        if (month >= firstMonth && month <= lastMonth) await createPartition(db, month);
        known.add(month);
      }
    },
  };
}

/** Months that have a partition of their own, such as `2026-11`, oldest first. */
export async function monthsOfArchive<DB>(db: Kysely<DB>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select partition.relname as name from pg_inherits
    join pg_class as partition on partition.oid = inhrelid
    where inhparent = 'event_log'::regclass and partition.relname ~ '^event_log_\\d{4}_\\d{2}$'`.execute(db);
  return rows.map(({ name }) => name.slice('event_log_'.length).replace('_', '-')).sort();
}

/**
 * A month that retention dropped while this process believed it there has events in the default partition; then they stay together in it, until
 * retention takes those too.
 */
async function createPartition<DB>(db: Kysely<DB>, month: string): Promise<void> {
  const from = new Date(`${month}-01T00:00:00.000Z`);
  const to = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1));
  try {
    await sql`
      create table if not exists ${sql.table(partitionOf(month))} partition of event_log
      for values from (${sql.lit(from.toISOString())}) to (${sql.lit(to.toISOString())})`.execute(db);
  } catch (error) {
    if (!isCheckViolation(error)) throw error;
  }
}

export async function dropMonth<DB>(db: Kysely<DB>, month: string): Promise<void> {
  await sql`drop table if exists ${sql.table(partitionOf(month))}`.execute(db);
}

/** Events of months before `keptFrom` in the default partition. What is dated outside the years of the archive tells nothing of its age. */
const strays = (keptFrom: Date) => sql`
  from event_log_default where at >= ${new Date(`${firstMonth}-01T00:00:00.000Z`)} and at < ${keptFrom}`;

export async function hasStrays<DB>(db: Kysely<DB>, keptFrom: Date): Promise<boolean> {
  const { rows } = await sql`select 1 ${strays(keptFrom)} limit 1`.execute(db);
  return rows.length > 0;
}

export async function forgetStrays<DB>(db: Kysely<DB>, keptFrom: Date): Promise<void> {
  await sql`delete ${strays(keptFrom)}`.execute(db);
}
