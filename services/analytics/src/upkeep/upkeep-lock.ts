/**
 * Rebuild, retention and erasure: one at a time over all processes. A rebuild reads for minutes what the other two take away, and would bring
 * back what it read before they did.
 */
import { type Kysely, releaseAdvisoryLock, tryAdvisoryLock } from '@wam/service-kit/postgres';

/** Any 64-bit number of its own, the same in every process and release. */
export const upkeepLockKey = '7236498251735012';

/** @returns `busy` at once while another one is under way; `work` has the connection that holds the lock, which ends with the process */
export const holdingUpkeep = <DB, Result>(
  db: Kysely<DB>,
  work: (connection: Kysely<DB>) => Promise<Result>,
): Promise<Result | 'busy'> =>
  db.connection().execute(async (connection) => {
    if (!(await tryAdvisoryLock(connection, upkeepLockKey))) return 'busy';
    try {
      return await work(connection);
    } finally {
      // A broken connection has released it already.
      await releaseAdvisoryLock(connection, upkeepLockKey).catch(() => undefined);
    }
  });
