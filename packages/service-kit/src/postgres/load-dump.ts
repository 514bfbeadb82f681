/** A dump into an empty database, in the transaction of the caller: all of it or nothing. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Sealer } from '../sealing.ts';
import { copyLines } from './copy.ts';
import { type Dump, type DumpedTable, portableForm } from './dump.ts';
import { checkSealing, createMarkTable } from './guard-sealing.ts';
import { type MigrateOptions, migrate } from './migrate.ts';

export interface LoadOptions {
  dump: Dump;
  /** Of this release, by schema. Those of the dump run now, later ones when the services start. */
  migrations: ReadonlyMap<string, MigrateOptions['migrations']>;
  sealer: Sealer;
  /** The lines of a table, in pieces of any size. */
  linesOf(table: DumpedTable): AsyncIterable<Buffer>;
}

/** Names of tables that are there, as `schema.table`; a schema alone may have been made for its rights. */
export async function tablesIn(db: Kysely<unknown>, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select schemaname || '.' || tablename as name from pg_tables
    where schemaname = any(${schemas}::text[]) order by 1`.execute(db);
  return rows.map(({ name }) => name);
}

/** @throws ConfigError when the sealer does not open it; what a migration or a line that does not fit throws */
export async function loadDump(trx: Transaction<unknown>, options: LoadOptions): Promise<void> {
  const { dump, migrations, sealer, linesOf } = options;
  for (const { schema, migrations: ran } of dump.schemas) {
    await searchIn(trx, schema);
    const last = ran.at(-1);
    if (last !== undefined) await migrate(trx, { schema, migrations: migrations.get(schema) ?? {}, to: last });
    await createMarkTable(trx);
  }
  for (const [name, value] of Object.entries(portableForm))
    await sql`select set_config(${name}, ${value}, true)`.execute(trx);
  for (const table of dump.tables) await loadTable(trx, table, linesOf(table));
  for (const { schema, sequence, lastValue } of dump.sequences)
    await sql`select setval(format('%I.%I', ${schema}::text, ${sequence}::text)::regclass, ${lastValue}::bigint)`.execute(
      trx,
    );
  for (const { schema } of dump.schemas) {
    await searchIn(trx, schema);
    await checkSealing(trx, schema, sealer);
  }
}

const searchIn = (trx: Transaction<unknown>, schema: string) =>
  sql`select set_config('search_path', quote_ident(${schema}), true)`.execute(trx);

/** A statement may be 1 GB; so much of a table is held in memory at once. */
const statementBytes = 4 * 1024 * 1024;
const lineEnd = 0x0a;

/** A line that is cut off is still one to Postgres, so they are counted as well. */
const countLines = (piece: Buffer): number => {
  let count = 0;
  for (let at = piece.indexOf(lineEnd); at >= 0; at = piece.indexOf(lineEnd, at + 1)) count++;
  return count;
};

async function loadTable(
  trx: Transaction<unknown>,
  { schema, table, columns, partition, rows }: DumpedTable,
  pieces: AsyncIterable<Buffer>,
): Promise<void> {
  const target = sql.id(schema, table);
  if (partition !== undefined)
    await sql`create table if not exists ${target} partition of ${sql.id(schema, partition.of)}
      ${sql.raw(partition.bound)}`.execute(trx);
  let lines = 0;
  const copy = async (whole: readonly Buffer[]) => {
    const text = Buffer.concat(whole);
    lines += countLines(text);
    if (text.length > 0) await copyLines(trx, { table: `${schema}.${table}`, columns }, [text.toString('utf8')]);
  };
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    held.push(piece);
    bytes += piece.length;
    // One row may be longer than that.
    const end = piece.lastIndexOf(lineEnd) + 1;
    if (bytes < statementBytes || end === 0) continue;
    await copy([...held.slice(0, -1), piece.subarray(0, end)]);
    held = [piece.subarray(end)];
    bytes = piece.length - end;
  }
  await copy(held);
  if (lines !== rows) throw new RangeError(`${schema}.${table} has ${lines} whole lines of ${rows}`);
}

/** A restored log is another one: whoever read the former one further than the backup must not continue in it. */
export async function moveCheckpoints(
  trx: Transaction<unknown>,
  dump: Dump,
  change: { from: string; to: string },
): Promise<void> {
  const withPosition = dump.tables.filter(({ columns }) => columns.includes('incarnation'));
  for (const { schema, table } of withPosition)
    await sql`update ${sql.id(schema, table)} set incarnation = ${change.to}
      where incarnation = ${change.from}`.execute(trx);
}
