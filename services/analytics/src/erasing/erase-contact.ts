/**
 * Erases what the read side knows of one contact of a tenant: number and text of the messages from and to it, in the view and in the archive. That
 * messages were sent and when stays, so the figures do not change; a rebuild makes the same rows again.
 * The hot log keeps the sealed events until they leave it by age; a person without the key reads nothing in them.
 */
import { readCheckpoint } from '@wam/event-store';
import { inTransaction, type Kysely, type RawBuilder, type SqlExecutor, sql } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../database.ts';
import { blankContent } from '../message/table.ts';
import { holdProjector } from '../projecting/hold-projector.ts';
import { checkpointName } from '../projecting/projector.ts';
import { holdingUpkeep } from '../upkeep/upkeep-lock.ts';

/** @returns how many messages were erased; `busy` while a rebuild or the retention is under way */
export const eraseContact = (db: Kysely<AnalyticsTables>, tenant: string, address: string): Promise<number | 'busy'> =>
  holdingUpkeep(db, async (connection) => {
    // The archive is not indexed by message: it is searched while the projector goes on, and for what came meanwhile while it waits.
    const before = await readCheckpoint(connection, checkpointName);
    await eraseArchived(connection, tenant, address, sql`true`);
    return inTransaction(connection, async (trx) => {
      await holdProjector(trx);
      const isNew = before === undefined ? sql`true` : sql`incarnation = ${before.incarnation} and seq > ${before.seq}`;
      await eraseArchived(trx, tenant, address, isNew);
      const { numAffectedRows = 0n } = await sql`update message_view set ${blankContent}
        where tenant = ${tenant} and recipient = ${address}`.execute(trx);
      return Number(numAffectedRows);
    });
  });

/** An empty seal is what an erased one looks like: see `evolve` of the messages. */
const eraseArchived = (
  db: SqlExecutor,
  tenant: string,
  address: string,
  among: RawBuilder<unknown>,
): Promise<unknown> =>
  sql`update event_log set data = jsonb_set(data::jsonb, '{sealed}', '""')::json
    where tenant = ${tenant} and ${among} and data->>'sealed' <> '' and data->>'messageId' in (
      select message_id from message_view where tenant = ${tenant} and recipient = ${address})`.execute(db);
