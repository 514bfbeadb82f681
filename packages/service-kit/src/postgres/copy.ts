/**
 * COPY from memory: rows as lines of text, taken up by the server at half the cost of the same rows as parameters of an insert. No conflict
 * clause: for rows that are known to be new.
 */
import { CompiledQuery, sql } from 'kysely';
import pg from 'pg';
import type { SqlExecutor } from './database.ts';
import { nameOfPrepared } from './prepared.ts';

type CopyValue = string | number | null;

// https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"
const special = /[\\\t\n\r]/;
const allSpecial = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One value as it stands in a line. Text must be what Postgres can store. */
export const copyField = (value: CopyValue): string => {
  if (value === null) return '\\N';
  if (typeof value === 'number') return String(value);
  return special.test(value) ? value.replace(allSpecial, (character) => escapes[character]!) : value;
};

/** One row in the order of the columns, with its line end. */
export function copyLine(values: readonly CopyValue[]): string {
  return `${values.map(copyField).join('\t')}\n`;
}

/** All rows as one statement. */
export async function copyLines(
  db: SqlExecutor,
  target: { table: string; columns: readonly string[] },
  lines: readonly string[],
): Promise<void> {
  if (lines.length === 0) return;
  const columns = sql.join(target.columns.map((name) => sql.ref(name)));
  const { sql: statement } = sql`copy ${sql.table(target.table)} (${columns}) from stdin`.compile(db);
  await db.getExecutor().executeQuery(CompiledQuery.raw(statement, [lines.join('')]));
}

/** Part of pg's connection that its types leave out. */
interface CopyTarget {
  query(statement: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/**
 * The rows follow the statement at once: the server is at work while this process does something else, where its readiness for them would lie
 * unread for as long. Rows behind a statement that failed are dropped by the server
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY).
 */
class CopyFromMemory extends pg.Query {
  readonly #statement: string;
  readonly #lines: string;

  constructor(statement: string, lines: string, done: (error: Error | undefined, result: unknown) => void) {
    super(statement, done);
    this.#statement = statement;
    this.#lines = lines;
  }

  override readonly submit = (connection: pg.Connection): void => {
    const target = connection as unknown as CopyTarget;
    target.query(this.#statement);
    target.sendCopyFromChunk(Buffer.from(this.#lines));
    target.endCopyFrom();
  };

  /** It has them. */
  handleCopyInResponse(): void {}
}

const isCopy = (statement: unknown): statement is string =>
  typeof statement === 'string' && statement.startsWith('copy ') && statement.endsWith(' from stdin');

/** Kysely hands statement and parameters to `query`; those of a COPY are its lines. */
export class CopyingClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: one signature for the nine overloads of pg
  override query(...parameters: any[]): any {
    const [statement, values] = parameters as [unknown, unknown[] | undefined];
    if (isCopy(statement)) return this.#copy(statement, String(values?.[0]));
    const name = typeof statement === 'string' ? nameOfPrepared(statement) : undefined;
    if (name !== undefined) return super.query({ name, text: statement as string, values: values ?? [] });
    return super.query(...(parameters as Parameters<pg.Client['query']>));
  }

  #copy(statement: string, lines: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      super.query(new CopyFromMemory(statement, lines, (error, result) => (error ? reject(error) : resolve(result))));
    });
  }
}
