/**
 * Removes from the log of deliveries those that name a contact, with what the receivers answered. One that waits is delivered or given up first:
 * its receiver is promised the event. The bodies are sealed, so the deliveries of the account are walked once.
 * For events whose rows are still to come: see `await-fan-out.ts`.
 */
import type { ContactErased, EraseContact } from '@wam/contracts';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';

const pageSize = 1_000;

export async function eraseContact(
  { db, seals }: { db: Kysely<WebhooksTables>; seals: Pick<WebhookSeals, 'openBody'> },
  { tenant, address }: EraseContact,
): Promise<ContactErased> {
  // The address as such, not as a part of a longer one.
  const names = new RegExp(`(?<!\\d)${address}(?!\\d)`);
  let deliveries = 0;
  let underWay = 0;
  for (let after = ['', '']; ; ) {
    const page = await db
      .selectFrom('delivery')
      .select(['webhook_id', 'id', 'event_id', 'sealed_body'])
      .where('tenant', '=', tenant)
      .where(sql<boolean>`(webhook_id, id) > (${after[0]}, ${after[1]})`)
      .orderBy('webhook_id')
      .orderBy('id')
      .limit(pageSize)
      .execute();
    const last = page.at(-1);
    if (last === undefined) return { erased: { deliveries }, underWay };
    after = [last.webhook_id, last.id];
    const ids = page
      .filter(({ event_id: eventId, sealed_body: body }) => names.test(seals.openBody(tenant, eventId, body)))
      .map(({ id }) => id);
    if (ids.length === 0) continue;
    const gone = await removeEnded(db, tenant, ids);
    deliveries += gone;
    underWay += ids.length - gone;
  }
}

async function removeEnded(db: Kysely<WebhooksTables>, tenant: string, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with gone as (
      delete from delivery where tenant = ${tenant} and id = any(${ids}::text[]) and status <> 'pending'
      returning webhook_id, id
    ),
    attempts as (
      delete from attempt using gone where attempt.webhook_id = gone.webhook_id and attempt.delivery_id = gone.id
    )
    select count(*)::int as count from gone`.execute(db);
  return rows[0]?.count ?? 0;
}
