import type {
  AnswerOf,
  getWebhookDelivery,
  listWebhookDeliveries,
  QueryOf,
  RejectionBody,
  WebhookDeliveryStatus,
} from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { readBodies } from '../delivery/body-pages.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import type { Caller } from '../webhook/caller.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import { findWebhook } from '../webhook/webhook-table.ts';
import { lastAttemptOf, viewOfAttempt, viewOfDelivery } from './delivery-views.ts';
import { inRange } from './time-range.ts';

export interface ShowDeliveriesDeps {
  db: Kysely<WebhooksTables>;
  seals: WebhookSeals;
}
const listed = [
  'webhook_id',
  'id',
  'tenant',
  'position',
  'event_id',
  'type',
  'session_id',
  'ordered',
  'status',
  'attempts',
  'tries',
  'created_at',
  'next_attempt_at',
  'ended_at',
  'http_status',
  'duration_ms',
  'error',
] as const;
const deliveryId = /^dlv_[0-9A-HJKMNP-TV-Z]{26}$/;
const defaultLimit = 20;

/** Of a rare type no more are looked at for one page, which may then be short, or empty, and have another one behind it. */
const maxLookedAt = 10_000;

/** Newest first, a page from where the last one ended; new deliveries shift nothing. The cursor is the id of the last one. */
export async function listDeliveries(
  webhookId: string,
  query: QueryOf<typeof listWebhookDeliveries>,
  { principal }: Caller,
  { db }: ShowDeliveriesDeps,
): Promise<AnswerOf<typeof listWebhookDeliveries, 200> | RejectionBody> {
  const webhook = await findWebhook(db, principal, webhookId);
  if (webhook === undefined) return { code: 'WEBHOOK_NOT_FOUND' };
  const { status, type, since, until, limit = defaultLimit, cursor } = query;
  if (cursor !== undefined && !deliveryId.test(cursor))
    return {
      code: 'VALIDATION_FAILED',
      param: 'cursor',
      message: 'cursor must be the nextCursor of an earlier answer',
    };
  let page = db.selectFrom('delivery').select(listed).where('webhook_id', '=', webhookId);
  if (status !== undefined) page = page.where('status', '=', status as WebhookDeliveryStatus);
  // What waits is ordered as its webhook is: the index of those is there for either.
  if (status === 'pending') page = page.where('ordered', '=', webhook.ordered);
  if (since !== undefined || until !== undefined) page = page.where(inRange(query));
  if (cursor !== undefined) page = page.where('id', '<', cursor);
  page = page.orderBy('id', 'desc');
  if (type === undefined) return pageOf(await page.limit(limit + 1).execute(), limit, undefined);
  const looked = page.limit(maxLookedAt);
  const ofType = db.selectFrom(looked.as('looked')).selectAll().where('type', '=', type);
  const rows = await ofType
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const lookedTo =
    rows.length > limit
      ? undefined
      : await page
          .offset(maxLookedAt - 1)
          .limit(1)
          .executeTakeFirst();
  return pageOf(rows, limit, lookedTo?.id);
}

/** @param lookedTo behind it there may be more, although the page is not full */
function pageOf(
  rows: readonly Parameters<typeof viewOfDelivery>[0][],
  limit: number,
  lookedTo: string | undefined,
): AnswerOf<typeof listWebhookDeliveries, 200> {
  const data = rows.slice(0, limit).map(viewOfDelivery);
  const nextCursor = rows.length > limit ? (data.at(-1)?.deliveryId ?? null) : (lookedTo ?? null);
  return { data, hasMore: nextCursor !== null, nextCursor };
}

export async function showDelivery(
  webhookId: string,
  id: string,
  { principal }: Caller,
  { db, seals }: ShowDeliveriesDeps,
): Promise<AnswerOf<typeof getWebhookDelivery, 200> | RejectionBody> {
  if ((await findWebhook(db, principal, webhookId)) === undefined) return { code: 'WEBHOOK_NOT_FOUND' };
  const row = await db
    .selectFrom('delivery')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return { code: 'DELIVERY_NOT_FOUND' };
  const earlier = await db
    .selectFrom('attempt')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where('delivery_id', '=', id)
    .orderBy('number')
    .execute();
  const [body = ''] = await readBodies(db, seals, row.tenant, [row]);
  return {
    ...viewOfDelivery(row),
    body: JSON.parse(typeof body === 'string' ? body : seals.openBody(row.tenant, row.event_id, body)),
    history: [...earlier, lastAttemptOf(row) ?? []].flat().map((attempt) => viewOfAttempt(row.tenant, attempt, seals)),
  };
}
