/**
 * Bodies of deliveries that succeeded at once: nearly all, and hardly any is asked for again. Those of one account and one transaction lie in one
 * sealed envelope, a line each. Sealed and stored one by one they cost a delivery more than its signature
 * ([ADR 28](../../../../docs/adr/0028-bodies-in-pages.md)).
 */
import { SealError } from '@wam/service-kit';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import type { DeliveryRow, ToldEvent } from './delivery-table.ts';

type Database = Kysely<WebhooksTables>;

/** Bytes of the UTF-8 of its page. */
export interface BodyPlace {
  pageId: string;
  start: number;
  length: number;
}
interface BodyPage {
  id: string;
  tenant: string;
  bodies: string[];
}

/** Fewer are cheaper in their rows. */
const minBodies = 8;
/** Whoever looks at one body opens all of its page. */
const maxPageBytes = 64 * 1024;
/** Opened together. */
const pagesAtOnce = 8;
const newline = '\n';

/** @param events each once */
export function planPages(
  events: readonly ToldEvent[],
  newId: () => string,
): { pages: BodyPage[]; places: ReadonlyMap<ToldEvent, BodyPlace> } {
  const pages: BodyPage[] = [];
  const places = new Map<ToldEvent, BodyPlace>();
  for (const [tenant, own] of Map.groupBy(events, (event) => event.tenant)) {
    if (own.length < minBodies) continue;
    let page: BodyPage | undefined;
    let start = 0;
    for (const event of own) {
      const length = Buffer.byteLength(event.body);
      if (page === undefined || start + length > maxPageBytes) {
        page = { id: newId(), tenant, bodies: [] };
        pages.push(page);
        start = 0;
      }
      page.bodies.push(event.body);
      places.set(event, { pageId: page.id, start, length });
      start += length + newline.length;
    }
  }
  return { pages, places };
}

export async function savePages(
  trx: Database,
  pages: readonly BodyPage[],
  { seals, at }: { seals: WebhookSeals; at: Date },
): Promise<void> {
  if (pages.length === 0) return;
  const rows = pages.map(({ id, tenant, bodies }) => ({
    id,
    tenant,
    created_at: at,
    sealed_bodies: seals.sealBodies(tenant, id, bodies.join(newline)),
  }));
  await trx.insertInto('body_page').values(rows).execute();
}

export type BodyColumns = Pick<DeliveryRow, 'event_id' | 'sealed_body' | 'body_page' | 'body_start' | 'body_length'>;

/**
 * Of deliveries of one account, in their order: open where a page held them, sealed where their row does. Of a page that cannot be opened any more
 * it is the empty envelope of the row, which nothing opens.
 */
export async function readBodies(
  db: Database,
  seals: Pick<WebhookSeals, 'openBodies'>,
  tenant: string,
  rows: readonly BodyColumns[],
): Promise<(string | Buffer)[]> {
  const places = rows.filter(({ body_page: page }) => page !== null);
  const byPage = Map.groupBy(places, ({ body_page: page }) => page!);
  const ids = [...byPage.keys()];
  const open = new Map<BodyColumns, string>();
  for (let at = 0; at < ids.length; at += pagesAtOnce) {
    const wanted = ids.slice(at, at + pagesAtOnce);
    for (const { id, sealed_bodies: sealed } of await pagesOf(db, tenant).where('id', 'in', wanted).execute()) {
      const bodies = openPage(seals, tenant, id, sealed);
      if (bodies === undefined) continue;
      for (const row of byPage.get(id) ?? []) {
        const start = row.body_start ?? 0;
        open.set(row, bodies.toString('utf8', start, start + (row.body_length ?? 0)));
      }
    }
  }
  return rows.map((row) => open.get(row) ?? row.sealed_body);
}

const pagesOf = (db: Database, tenant: string) =>
  db.selectFrom('body_page').select(['id', 'sealed_bodies']).where('tenant', '=', tenant);

function openPage(
  seals: Pick<WebhookSeals, 'openBodies'>,
  tenant: string,
  id: string,
  sealed: Buffer,
): Buffer | undefined {
  try {
    return seals.openBodies(tenant, id, sealed);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

/** Bodies of pages by where they are. */
export type BodyPlaces = Map<string, Set<number>>;

/** Of an account. */
export async function findInPages(
  db: Database,
  seals: Pick<WebhookSeals, 'openBodies'>,
  tenant: string,
  isWanted: (body: string) => boolean,
): Promise<BodyPlaces> {
  const found: BodyPlaces = new Map();
  for (let after = ''; ; ) {
    const pages = await pagesOf(db, tenant).where('id', '>', after).orderBy('id').limit(pagesAtOnce).execute();
    const last = pages.at(-1);
    if (last === undefined) return found;
    after = last.id;
    for (const { id, sealed_bodies: sealed } of pages) {
      const bodies = openPage(seals, tenant, id, sealed);
      const starts = bodies === undefined ? [] : linesOf(bodies).filter(({ text }) => isWanted(text));
      if (starts.length > 0) found.set(id, new Set(starts.map(({ start }) => start)));
    }
  }
}

/** An object without anything in it takes their place. */
export async function blankInPages(
  db: Database,
  seals: Pick<WebhookSeals, 'openBodies' | 'sealBodies'>,
  tenant: string,
  places: BodyPlaces,
): Promise<void> {
  for (const [id, starts] of places)
    await inTransaction(db, async (trx) => {
      const page = await pagesOf(trx, tenant).where('id', '=', id).forUpdate().executeTakeFirst();
      const bodies = page === undefined ? undefined : openPage(seals, tenant, id, page.sealed_bodies);
      if (bodies === undefined) return;
      for (const { start, length } of linesOf(bodies))
        if (starts.has(start)) bodies.fill(' ', start, start + length).write('{}', start);
      const sealed = seals.sealBodies(tenant, id, bodies);
      await trx.updateTable('body_page').set({ sealed_bodies: sealed }).where('id', '=', id).execute();
    });
}

/** JSON has no line end of its own. */
function linesOf(bodies: Buffer): { start: number; length: number; text: string }[] {
  const lines = [];
  for (let start = 0; start < bodies.length; ) {
    const found = bodies.indexOf(newline, start);
    const end = found < 0 ? bodies.length : found;
    lines.push({ start, length: end - start, text: bodies.toString('utf8', start, end) });
    start = end + newline.length;
  }
  return lines;
}
