/**
 * Everything some schemas hold, as of one moment, through the driver: no program beside this one, and no version of it to match.
 * The form is COPY's text, one file per table; {@link loadDump} brings it back under the migrations it was made with.
 */
import type { Writable } from 'node:stream';
import pg from 'pg';
import { parentsFirst } from './parents-first.ts';

export interface DumpedTable {
  schema: string;
  table: string;
  /** In the order of the fields of a line. */
  columns: string[];
  /** Of a partition: its table, in the same schema, and its bounds in SQL. */
  partition?: { of: string; bound: string };
  rows: number;
}
export interface DumpedSchema {
  schema: string;
  /** All that had run, in order. */
  migrations: string[];
  /** Id of the key its mark is sealed under, in hex ({@link markSealing}). */
  sealedUnder?: string;
}
export interface DumpedSequence {
  schema: string;
  sequence: string;
  lastValue: string;
}
export interface Dump {
  schemas: DumpedSchema[];
  /** Those that others refer to come first. */
  tables: DumpedTable[];
  sequences: DumpedSequence[];
}
export interface DumpOptions {
  url: string;
  applicationName: string;
  /** One that was never used is left out. */
  schemas: readonly string[];
  /** Called once, when the moment is fixed and nothing is read yet. */
  onSnapshot(): Promise<void>;
  /** Where the lines of a table go; the dump ends the stream, and goes on when `written` resolves. */
  open(table: { schema: string; table: string }): { stream: Writable; written: Promise<void> };
}

/** Values are written down, and read again, in one form that loses nothing, whatever the database or role has as its own. */
export const portableForm = {
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
};
/** Migrations and locks are made by the migrator, not copied. */
const ofTheMigrator = /^kysely_/;
/** Rows come one by one; so many bytes are handed on at once. */
const pieceBytes = 64 * 1024;

export async function dumpSchemas(options: DumpOptions): Promise<Dump> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: options.applicationName,
    statement_timeout: 0,
    idle_in_transaction_session_timeout: 0,
    keepAlive: true,
  });
  // Told by the statement that fails for it; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    // Who is bound by policies is refused, rather than shown a part.
    await client.query('set local row_security = off');
    for (const [name, value] of Object.entries(portableForm)) await client.query(`set local ${name} = '${value}'`);
    const schemas = await readSchemas(client, options.schemas);
    await options.onSnapshot();
    const names = schemas.map(({ schema }) => schema);
    const tables = await readTables(client, names);
    for (const table of tables) table.rows = await copyOut(client, table, options.open(table));
    const sequences = await client.query<DumpedSequence>(
      `select schemaname as schema, sequencename as sequence, last_value::text as "lastValue"
      from pg_sequences where schemaname = any($1) and last_value is not null order by 1, 2`,
      [names],
    );
    await client.query('commit');
    return { schemas, tables, sequences: sequences.rows };
  } finally {
    await client.end();
  }
}

async function readSchemas(client: pg.Client, wanted: readonly string[]): Promise<DumpedSchema[]> {
  const found: DumpedSchema[] = [];
  for (const schema of wanted) {
    const tables = await client.query<{ migrations: string | null; mark: string | null }>(
      'select to_regclass($1) as migrations, to_regclass($2) as mark',
      [`${schema}.kysely_migration`, `${schema}.kek_mark`],
    );
    const { migrations = null, mark = null } = tables.rows[0] ?? {};
    if (migrations === null) continue;
    const ran = await client.query<{ name: string }>(`select name from ${schema}.kysely_migration order by name`);
    const marks =
      mark === null
        ? []
        : (
            await client.query<{ id: string }>(
              `select encode(substring(sealed from 2 for 4), 'hex') as id from ${mark}`,
            )
          ).rows;
    const [sealedUnder] = marks.map(({ id }) => id);
    found.push({ schema, migrations: ran.rows.map(({ name }) => name), ...(sealedUnder ? { sealedUnder } : {}) });
  }
  return found;
}

async function readTables(client: pg.Client, schemas: readonly string[]): Promise<DumpedTable[]> {
  const { rows } = await client.query<{
    schema: string;
    table: string;
    columns: string[];
    of: string | null;
    bound: string | null;
    refers_to: string[];
  }>(
    `select n.nspname as schema, c.relname as table,
      (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      (select p.relname from pg_inherits i join pg_class p on p.oid = i.inhparent where i.inhrelid = c.oid) as of,
      pg_get_expr(c.relpartbound, c.oid) as bound,
      array(select distinct f.relname::text from pg_constraint r join pg_class f on f.oid = r.confrelid
        where r.conrelid = c.oid and r.contype = 'f' and f.oid <> c.oid) as refers_to
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any($1) and c.relkind = 'r' order by 1, 2`,
    [schemas],
  );
  const kept = rows.filter(({ table }) => !ofTheMigrator.test(table));
  const ordered = parentsFirst(
    kept,
    ({ schema, table }) => `${schema}.${table}`,
    ({ schema, refers_to }) => refers_to.map((name) => `${schema}.${name}`),
  );
  return ordered.map(({ schema, table, columns, of, bound }) => ({
    schema,
    table,
    columns,
    ...(of === null || bound === null ? {} : { partition: { of, bound } }),
    rows: 0,
  }));
}

/** Parts of pg's connection and messages that its types leave out. */
interface CopySource {
  stream: { pause(): void; resume(): void };
}
class CopyToStream extends pg.Query {
  readonly #stream: Writable;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(
    statement: string,
    stream: Writable,
    done: (error: Error | undefined, result: { rowCount: number }) => void,
  ) {
    super(statement, done as never);
    this.#stream = stream;
  }

  handleCopyData({ chunk }: { chunk: Buffer }, connection: CopySource): void {
    // A copy: the place is part of a buffer that the next rows come into.
    this.#pieces.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    if (this.#bytes < pieceBytes || this.flush()) return;
    connection.stream.pause();
    // A stream that failed never drains; its own promise tells why.
    const goOn = () => {
      this.#stream.off('drain', goOn).off('close', goOn);
      connection.stream.resume();
    };
    this.#stream.once('drain', goOn).once('close', goOn);
  }

  /** False when the stream is full. */
  flush(): boolean {
    const piece = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    return this.#stream.write(piece);
  }
}

async function copyOut(
  client: pg.Client,
  { schema, table, columns }: DumpedTable,
  { stream, written }: { stream: Writable; written: Promise<void> },
): Promise<number> {
  const list = columns.map((name) => pg.escapeIdentifier(name)).join(', ');
  const statement = `copy ${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)} (${list}) to stdout`;
  const ended = Promise.withResolvers<number>();
  const copy = new CopyToStream(statement, stream, (error, result) =>
    error ? ended.reject(error) : ended.resolve(result.rowCount),
  );
  client.query(copy);
  try {
    const rows = await Promise.race([ended.promise, written.then(() => ended.promise)]);
    copy.flush();
    stream.end();
    await written;
    return rows;
  } catch (error) {
    stream.destroy();
    await written.catch(() => undefined);
    throw error;
  }
}
