import { isRejection, type Rejection } from '@wam/contracts';
import type { Kysely } from 'kysely';
import type { DispatcherTransaction } from './campaign-row.ts';
import type { DispatcherTables } from './tables.ts';

class Refused extends Error {
  readonly rejection: Rejection;

  constructor(rejection: Rejection) {
    super(rejection.code);
    this.rejection = rejection;
  }
}

/** A rejection that `run` returns undoes what it did. */
export async function refusableTransaction<T>(
  database: Kysely<DispatcherTables>,
  run: (tx: DispatcherTransaction) => Promise<T | Rejection>,
): Promise<T | Rejection> {
  try {
    return await database.transaction().execute(async (tx) => {
      const result = await run(tx);
      if (isRejection(result)) throw new Refused(result);
      return result;
    });
  } catch (error) {
    if (error instanceof Refused) return error.rejection;
    throw error;
  }
}
