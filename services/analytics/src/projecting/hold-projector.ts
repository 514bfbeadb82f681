import { sql, type Transaction } from '@wam/service-kit/postgres';
import { type AnalyticsTables, schemaName } from '../database.ts';

const archive = sql.table(`${schemaName}.event_log`);

/** First statement of every batch: from here on whoever wants to hold the projector waits for the end of this transaction. */
export const joinProjectors = (trx: Transaction<AnalyticsTables>): Promise<unknown> =>
  sql`lock table ${archive} in row exclusive mode`.execute(trx);

/**
 * Until the transaction ends no batch is projected. Who has this lock knows that none is under way, and that the next one holds and has read
 * nothing yet, so that neither waits for the other in a circle.
 */
export const holdProjector = (trx: Transaction<AnalyticsTables>): Promise<unknown> =>
  sql`lock table ${archive} in share row exclusive mode`.execute(trx);
