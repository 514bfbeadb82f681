import { type Kysely, type QueryExecutorProvider, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Logger } from '../telemetry/logger.ts';
import { defineGauge } from '../telemetry/metrics.ts';
import { CopyingClient } from './copy.ts';
import { isSerializationFailure } from './errors.ts';
import { databaseOnPool } from './tenant-scope.ts';

export type {
  ColumnType,
  Generated,
  Insertable,
  Kysely,
  RawBuilder,
  Selectable,
  Transaction,
  Updateable,
} from 'kysely';
export { sql } from 'kysely';

/** A database or a transaction, whatever its tables. */
export type SqlExecutor = QueryExecutorProvider;

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  url: string;
  /** The service's own schema: the only one on the search path. */
  schema: string;
  /** Seen in pg_stat_activity. */
  applicationName: string;
  /** Connections. Default 10. */
  max?: number;
  /** Default 30 s; 0 switches it off. */
  statementTimeoutMs?: number;
  /** The server ends a transaction whose client does nothing for so long. Default 60 s. */
  idleInTransactionTimeoutMs?: number;
  logger?: Logger;
}

const oid = { int8: 20, date: 1082, int8Array: 1016, textArray: 1009 } as const;

function parseInt8(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number))
    throw new RangeError(`int8 value ${text} does not fit a JavaScript number exactly`);
  return number;
}
/**
 * int8 is a number (counts, stream sequences and sums stay far below 2^53) and fails loudly above; `date` stays `YYYY-MM-DD`, since a
 * Date would shift it by the process' time zone. As in pg itself: timestamptz is a Date, numeric a string, jsonb parsed, bytea a Buffer.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser(id: number, format?: string) {
    if (format !== 'binary') {
      if (id === oid.int8) return parseInt8;
      if (id === oid.date) return (text: string) => text;
      if (id === oid.int8Array) {
        const parseTexts = pg.types.getTypeParser(oid.textArray as number, 'text') as (text: string) => string[];
        return (text: string) => parseTexts(text).map(parseInt8);
      }
    }
    // biome-ignore lint/suspicious/noExplicitAny: pg types its two formats as separate overloads
    return pg.types.getTypeParser(id, format as any);
  },
};

const connections = defineGauge({
  name: 'wam_database_connections',
  help: 'Connections to Postgres, taken or idle, and requests that wait for one',
  labels: ['state'],
});

const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A pool behind Kysely. Connects on first use; `await db.destroy()` closes it. */
export function createDatabase<DB>(options: DatabaseOptions): Kysely<DB> {
  const pool = new pg.Pool({
    Client: CopyingClient,
    connectionString: options.url,
    max: options.max ?? 10,
    application_name: options.applicationName,
    // Backslash-escaped: the startup parameter is split at spaces.
    options: `-c search_path=${quoteIdentifier(options.schema).replace(/([\\ ])/g, '\\$1')}`,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 60_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types,
  });
  // Without a listener the loss of an idle connection would end the process; the pool replaces it by itself.
  pool.on('error', (error) => options.logger?.warn({ err: error }, 'idle database connection lost'));
  // The pool listens to idle connections only. One that is taken (a transaction between two statements, a session lock) would end the
  // process too; its user learns of the loss from the next statement.
  pool.on('connect', (client) => {
    client.on('error', (error) => options.logger?.warn({ err: error }, 'database connection lost'));
  });
  const withdraw = connections.observeFrom(() => {
    if (pool.ended) withdraw();
    return [
      [{ state: 'taken' }, pool.totalCount - pool.idleCount],
      [{ state: 'idle' }, pool.idleCount],
      [{ state: 'waiting' }, pool.waitingCount],
    ];
  });
  return databaseOnPool(pool);
}

/** Whether the database answers. For readiness: never throws. */
export async function pingDatabase(db: SqlExecutor, timeoutMs = 2_000): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), timeoutMs);
  const answer = sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export interface TransactionOptions {
  isolationLevel?: 'read committed' | 'repeatable read' | 'serializable';
  /** How often `run` may be tried when the database aborts it for a deadlock or a serialization failure. Default 1. */
  attempts?: number;
}

/** `run` commits when it returns and rolls back when it throws. With `attempts` above 1 it must have no effects outside the database. */
export async function inTransaction<DB, T>(
  db: Kysely<DB>,
  run: (trx: Transaction<DB>) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const transaction = db.transaction();
      return await (options.isolationLevel === undefined
        ? transaction
        : transaction.setIsolationLevel(options.isolationLevel)
      ).execute(run);
    } catch (error) {
      if (attempt >= (options.attempts ?? 1) || !isSerializationFailure(error)) throw error;
    }
  }
}
