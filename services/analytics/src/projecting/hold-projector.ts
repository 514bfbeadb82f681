import { sql, type Transaction } from '@wam/service-kit/postgres';
import { type AnalyticsTables, schemaName } from '../database.ts';

/**
 * Until the transaction ends no batch is projected. Every batch begins by inserting into the archive: who has this lock knows that none is under
 * way, and that the next one holds nothing yet, so that neither waits for the other in a circle.
 */
export const holdProjector = (trx: Transaction<AnalyticsTables>): Promise<unknown> =>
  sql`lock table ${sql.table(`${schemaName}.event_log`)} in share row exclusive mode`.execute(trx);
