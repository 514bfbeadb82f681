/**
 * Erases what the read side knows of one contact of a tenant: number and text of the messages from and to it, in the view and in the archive. That
 * messages were sent and when stays, so the figures do not change; a rebuild makes the same rows again.
 * The hot log keeps the sealed events until they leave it by age; a person without the key reads nothing in them.
 */
import { inTransaction, type Kysely, sql, type Transaction } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../database.ts';
import { blankContent } from '../message/table.ts';
import { holdProjector } from '../projecting/hold-projector.ts';
import { holdingUpkeep } from '../upkeep/upkeep-lock.ts';

/** @returns how many messages were erased; `busy` while a rebuild or the retention is under way */
export const eraseContact = (db: Kysely<AnalyticsTables>, tenant: string, address: string): Promise<number | 'busy'> =>
  holdingUpkeep(db, async (connection) => {
    // The archive is not indexed by message: most of it is searched while the projector goes on, the rest while it waits.
    const searchedTo = await archivedTo(connection);
    await eraseArchived(connection, tenant, address, 0, searchedTo);
    return inTransaction(connection, async (trx) => {
      await holdProjector(trx);
      await eraseArchived(trx, tenant, address, searchedTo, Number.MAX_SAFE_INTEGER);
      const { numAffectedRows = 0n } = await sql`update message_view set ${blankContent}
        where tenant = ${tenant} and recipient = ${address}`.execute(trx);
      return Number(numAffectedRows);
    });
  });

async function archivedTo(db: Kysely<AnalyticsTables>): Promise<number> {
  const { rows } = await sql<{ seq: number }>`select coalesce(max(seq), 0)::int8 as seq from event_log`.execute(db);
  return rows[0]!.seq;
}

/** An empty seal is what an erased one looks like: see `evolve` of the messages. */
const eraseArchived = (
  db: Kysely<AnalyticsTables> | Transaction<AnalyticsTables>,
  tenant: string,
  address: string,
  afterSeq: number,
  toSeq: number,
): Promise<unknown> =>
  sql`update event_log set data = jsonb_set(data::jsonb, '{sealed}', '""')::json
    where tenant = ${tenant} and seq > ${afterSeq} and seq <= ${toSeq} and data->>'sealed' <> ''
      and data->>'messageId' in (
        select message_id from message_view where tenant = ${tenant} and recipient = ${address})`.execute(db);
