/** Locks of a connection: until it is released, or the connection is gone. One holder among all processes. */
import { type SqlExecutor, sql } from './database.ts';

/** @param key any 64-bit number, the same in every process and release */
export async function tryAdvisoryLock(connection: SqlExecutor, key: string): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select pg_try_advisory_lock(${sql.lit(key)}::int8) as held`.execute(connection);
  return rows[0]?.held === true;
}

export async function releaseAdvisoryLock(connection: SqlExecutor, key: string): Promise<void> {
  await sql`select pg_advisory_unlock(${sql.lit(key)}::int8)`.execute(connection);
}
