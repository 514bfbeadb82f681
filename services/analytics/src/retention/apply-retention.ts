/**
 * Forgets what is older than the installation keeps: months of the archive are dropped, and messages accepted before lose number and text.
 * Their rows stay, since a receipt that comes late would count a message it finds nothing of a second time.
 */
import { inTransaction, type Kysely, sql } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../database.ts';
import { monthsOfArchive } from '../event-archive/table.ts';
import { blankContent } from '../message/table.ts';
import { holdProjector } from '../projecting/hold-projector.ts';
import { moveRetention, readRetention } from './retention-table.ts';

const rowsPerTransaction = 20_000;

/** @returns the months dropped, such as `2026-01` */
export async function applyRetention(db: Kysely<AnalyticsTables>, keptFrom: Date): Promise<string[]> {
  const before = await readRetention(db);
  if (before !== undefined && before >= keptFrom) return [];
  const firstKept = keptFrom.toISOString().slice(0, 7);
  const dropped = (await monthsOfArchive(db)).filter((month) => month < firstKept);
  // First what says that the archive is not whole; a crash in between leaves months that the next run drops.
  await moveRetention(db, keptFrom);
  for (const month of dropped)
    await sql`drop table if exists ${sql.table(`event_log_${month.replace('-', '_')}`)}`.execute(db);
  while ((await blankOldMessages(db, keptFrom)) === rowsPerTransaction);
  return dropped;
}

const blankOldMessages = (db: Kysely<AnalyticsTables>, keptFrom: Date): Promise<number> =>
  inTransaction(db, async (trx) => {
    await holdProjector(trx);
    const { numAffectedRows = 0n } = await sql`update message_view set ${blankContent}
      where (message_id, tenant) in (
        select message_id, tenant from message_view
        where accepted_at < ${keptFrom} and recipient is distinct from '' limit ${rowsPerTransaction})`.execute(trx);
    return Number(numAffectedRows);
  });
