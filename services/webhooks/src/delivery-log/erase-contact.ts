/**
 * Removes from the log of deliveries those that name a contact, with what the receivers answered. One that waits is delivered or given up first:
 * its receiver is promised the event. The bodies are sealed, so the deliveries of the account are walked once, and their pages.
 * For events whose rows are still to come: see `await-fan-out.ts`.
 */
import type { ContactErased, EraseContact } from '@wam/contracts';
import { type Kysely, type Selectable, sql } from '@wam/service-kit/postgres';
import { type BodyPlaces, blankInPages, findInPages } from '../delivery/body-pages.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';

const pageSize = 1_000;

export interface EraseContactDeps {
  db: Kysely<WebhooksTables>;
  seals: Pick<WebhookSeals, 'openBody' | 'openBodies' | 'sealBodies'>;
}

export async function eraseContact(
  { db, seals }: EraseContactDeps,
  { tenant, address }: EraseContact,
): Promise<ContactErased> {
  // The address as such, not as a part of a longer one.
  const names = new RegExp(`(?<!\\d)${address}(?!\\d)`);
  const places = await findInPages(db, seals, tenant, (body) => names.test(body));
  const isNaming = (row: Row): boolean =>
    row.body_page !== null
      ? placesOf(places, row)?.has(row.body_start ?? 0) === true
      : names.test(seals.openBody(tenant, row.event_id, row.sealed_body));
  let deliveries = 0;
  let underWay = 0;
  for await (const page of pagesOf(db, tenant)) {
    const naming = page.filter(isNaming);
    if (naming.length === 0) continue;
    const gone = await removeEnded(
      db,
      tenant,
      naming.map(({ id }) => id),
    );
    deliveries += gone.size;
    const kept = naming.filter(({ id }) => !gone.has(id));
    underWay += kept.length;
    // Of what is delivered first the body is still needed.
    for (const row of kept) placesOf(places, row)?.delete(row.body_start ?? 0);
  }
  await blankInPages(db, seals, tenant, places);
  return { erased: { deliveries }, underWay };
}

type Row = Pick<Selectable<WebhooksTables['delivery']>, 'id' | 'event_id' | 'sealed_body' | 'body_page' | 'body_start'>;

/** Webhook by webhook, deleted ones too: along the primary key, past nothing of other accounts. */
async function* pagesOf(db: Kysely<WebhooksTables>, tenant: string): AsyncGenerator<Row[]> {
  const webhooks = await db.selectFrom('webhook').select('id').where('tenant', '=', tenant).execute();
  for (const webhook of webhooks)
    for (let after = ''; ; ) {
      const page = await db
        .selectFrom('delivery')
        .select(['id', 'event_id', 'sealed_body', 'body_page', 'body_start'])
        .where('webhook_id', '=', webhook.id)
        .where('id', '>', after)
        .orderBy('id')
        .limit(pageSize)
        .execute();
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.id;
      yield page;
    }
}

const placesOf = (places: BodyPlaces, { body_page: page }: Pick<Row, 'body_page'>): Set<number> | undefined =>
  places.get(page ?? '');

async function removeEnded(
  db: Kysely<WebhooksTables>,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    with gone as (
      delete from delivery where tenant = ${tenant} and id = any(${ids}::text[]) and status <> 'pending'
      returning webhook_id, id
    ),
    attempts as (
      delete from attempt using gone where attempt.webhook_id = gone.webhook_id and attempt.delivery_id = gone.id
    )
    select id from gone`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
