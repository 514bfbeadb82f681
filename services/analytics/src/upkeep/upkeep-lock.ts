/**
 * Rebuild, retention and erasure: one at a time over all processes. A rebuild reads for minutes what the other two take away, and would bring
 * back what it read before they did.
 */
import { type Kysely, releaseAdvisoryLock, type SqlExecutor, sql, tryAdvisoryLock } from '@wam/service-kit/postgres';

/** Any 64-bit number of its own, the same in every process and release. */
const lockKey = '7236498251735012';

/** On a connection that it has for itself; a statement may take its time from then on. False while another one is under way. */
export async function beginUpkeep(connection: SqlExecutor): Promise<boolean> {
  if (!(await tryAdvisoryLock(connection, lockKey))) return false;
  await sql`set statement_timeout = 0`.execute(connection);
  return true;
}

export async function endUpkeep(connection: SqlExecutor): Promise<void> {
  await sql`reset statement_timeout`.execute(connection);
  await releaseAdvisoryLock(connection, lockKey);
}

/** @returns `busy` at once while another one is under way */
export const holdingUpkeep = <DB, Result>(
  db: Kysely<DB>,
  work: (connection: Kysely<DB>) => Promise<Result>,
): Promise<Result | 'busy'> =>
  db.connection().execute(async (connection) => {
    if (!(await beginUpkeep(connection))) return 'busy';
    try {
      return await work(connection);
    } finally {
      // A broken connection has released it already.
      await endUpkeep(connection).catch(() => undefined);
    }
  });
