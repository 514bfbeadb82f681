/**
 * Takes number and text of one contact out of the messages that have ended. Their rows stay, for receipts and repeated commands. What still
 * waits is sent or expires first. The table is walked once: whom a message is for is sealed.
 */
import type { ContactErased, EraseContact } from '@wam/contracts';
import { sql, unnestRows } from '@wam/service-kit/postgres';
import type { EngineDatabase } from '../database/tables.ts';
import type { MessageSealer } from './outbound-store.ts';

/** Some tens of milliseconds of opening. */
const pageSize = 2_000;

export async function eraseContact(
  { db, sealer }: { db: EngineDatabase; sealer: MessageSealer },
  { tenant, address }: EraseContact,
): Promise<ContactErased> {
  let sentMessages = 0;
  let underWay = 0;
  for (let after = ''; ; ) {
    const page = await db
      .selectFrom('outbound')
      .select(['message_id', 'sealed'])
      .where('tenant', '=', tenant)
      .where('message_id', '>', after)
      .orderBy('message_id')
      .limit(pageSize)
      .execute();
    const last = page.at(-1);
    if (last === undefined) return { erased: { 'sent-messages': sentMessages }, underWay };
    after = last.message_id;
    const rows = page
      .filter(({ message_id: id, sealed }) => sealer.open(tenant, id, sealed).to === address)
      .map(({ message_id: id }) => ({ message_id: id, sealed: sealer.seal(tenant, id, { to: '', text: '' }) }));
    if (rows.length === 0) continue;
    const { numAffectedRows = 0n } = await sql`
      update outbound set sealed = blank.sealed
      from ${unnestRows({ message_id: 'text', sealed: 'bytea' }, rows, 'blank')}
      where outbound.message_id = blank.message_id and outbound.state <> 'waiting'`.execute(db);
    sentMessages += Number(numAffectedRows);
    underWay += rows.length - Number(numAffectedRows);
  }
}
