/**
 * Forgets what is older than the installation keeps: months of the archive are dropped, and messages accepted before lose number and text.
 * Their rows stay, since a receipt that comes late would count a message it finds nothing of a second time.
 */
import { inTransaction, type Kysely, sql } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../database.ts';
import { dropMonth, forgetStrays, hasStrays, monthsOfArchive } from '../event-archive/table.ts';
import { blankContent } from '../message/table.ts';
import { holdProjector } from '../projecting/hold-projector.ts';
import { holdingUpkeep } from '../upkeep/upkeep-lock.ts';
import { finishRetention, moveRetention, readRetention } from './retention-table.ts';

const rowsPerTransaction = 20_000;

/**
 * Goes on where a process that ended left off, and takes what came late: events that a service reads after an absence, or a clock that was wrong.
 * @returns the months dropped, such as `2026-01`; `busy` while a rebuild or an erasure is under way
 */
export async function applyRetention(db: Kysely<AnalyticsTables>, wanted: Date): Promise<string[] | 'busy'> {
  if ((await findWork(db, wanted)) === undefined) return [];
  return holdingUpkeep(db, async (connection) => {
    // Another process may have done it meanwhile.
    const work = await findWork(connection, wanted);
    if (work === undefined) return [];
    const { keptFrom, months } = work;
    // First what says that the archive is not whole.
    await moveRetention(connection, keptFrom);
    for (const month of months) await dropMonth(connection, month);
    await forgetStrays(connection, keptFrom);
    await blankOldMessages(connection, keptFrom);
    await finishRetention(connection, keptFrom);
    return months;
  });
}

/** Undefined when everything older is gone. */
async function findWork(
  db: Kysely<AnalyticsTables>,
  wanted: Date,
): Promise<{ keptFrom: Date; months: string[] } | undefined> {
  const before = await readRetention(db);
  const keptFrom = before !== undefined && before.keptFrom > wanted ? before.keptFrom : wanted;
  const firstKept = keptFrom.toISOString().slice(0, 7);
  const months = (await monthsOfArchive(db)).filter((month) => month < firstKept);
  const isDone = before?.isApplied === true && before.keptFrom >= keptFrom;
  return isDone && months.length === 0 && !(await hasStrays(db, keptFrom)) ? undefined : { keptFrom, months };
}

/** Once through the whole table in the order of its key, so that its cost is that of its rows; the projector waits for a page at a time. */
async function blankOldMessages(db: Kysely<AnalyticsTables>, keptFrom: Date): Promise<void> {
  let after: Key | undefined = { message_id: '', tenant: '00000000-0000-0000-0000-000000000000' };
  while (after !== undefined) after = await blankPage(db, keptFrom, after);
}

interface Key {
  message_id: string;
  tenant: string;
}

/** @returns where the next page begins; undefined behind the last one */
const blankPage = (db: Kysely<AnalyticsTables>, keptFrom: Date, after: Key): Promise<Key | undefined> =>
  inTransaction(db, async (trx) => {
    await holdProjector(trx);
    const { rows } = await sql<Key>`
      with page as (
        select message_id, tenant from message_view where (message_id, tenant) > (${after.message_id}, ${after.tenant}::uuid)
        order by message_id, tenant limit ${rowsPerTransaction}
      ), blanked as (
        update message_view set ${blankContent} from page
        where message_view.message_id = page.message_id and message_view.tenant = page.tenant
          and accepted_at < ${keptFrom} and recipient is distinct from ''
      )
      select message_id, tenant from page order by message_id desc, tenant desc limit 1`.execute(trx);
    return rows[0];
  });
