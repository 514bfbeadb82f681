/** Events that are committed with the rows they tell about, until the bus has them. */
import { type AccountEvent, subjects } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';

export interface OutboxEntry {
  eventId: string;
  subject: string;
  event: string;
}

/** The account is its own aggregate: `evt.account.<tenant>.<tenant>`. */
export const outboxEntryOf = (event: AccountEvent): OutboxEntry => ({
  eventId: event.id,
  subject: subjects.event('account', event.tenant, event.tenant),
  event: JSON.stringify(event),
});

export async function insertIntoOutbox(db: Kysely<AuthTables>, event: AccountEvent): Promise<void> {
  const entry = outboxEntryOf(event);
  await db
    .insertInto('outbox')
    .values({ event_id: entry.eventId, subject: entry.subject, event: entry.event })
    .execute();
}

/** Oldest first. */
export async function readOutbox(db: Kysely<AuthTables>, limit: number): Promise<OutboxEntry[]> {
  const rows = await db.selectFrom('outbox').selectAll().orderBy('position').limit(limit).execute();
  return rows.map((row) => ({ eventId: row.event_id, subject: row.subject, event: row.event }));
}

export async function deleteFromOutbox(db: Kysely<AuthTables>, eventId: string): Promise<void> {
  await db.deleteFrom('outbox').where('event_id', '=', eventId).execute();
}
