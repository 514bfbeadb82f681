/** Events that are committed with the rows they tell about, until the bus has them. */
import { type AccountEvent, subjects } from '@wam/contracts';
import type { OutboxEntry } from '@wam/event-store';
import type { Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';

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
