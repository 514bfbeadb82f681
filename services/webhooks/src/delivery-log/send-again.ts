/**
 * Deliveries that have ended wait anew, with all their attempts before them. Their place in the order is the old one. Who serves the webhook, in this
 * process or another, is told by the revision: a pause of the breaker ends.
 */
import type { AnswerOf, BodyOf, RejectionBody, replayWebhook, WebhookDelivery } from '@wam/contracts';
import { inTransaction, type Kysely, sql } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';
import type { Caller } from '../webhook/caller.ts';
import { findWebhook, updateWebhook, type WebhookRow } from '../webhook/webhook-table.ts';
import { viewOfDelivery } from './delivery-views.ts';
import { inRange } from './time-range.ts';

export interface SendAgainDeps {
  db: Kysely<WebhooksTables>;
  now: () => Date;
  wake: (webhookIds: readonly string[]) => void;
}

/** One that still waits is tried at once. */
export async function resendDelivery(
  webhookId: string,
  id: string,
  caller: Caller,
  { db, now, wake }: SendAgainDeps,
): Promise<WebhookDelivery | RejectionBody> {
  const webhook = await findSendable(db, webhookId, caller);
  if ('code' in webhook) return webhook;
  const row = await inTransaction(db, async (trx) => {
    await updateWebhook(trx, caller.principal, webhookId, {});
    return waitAnew(trx, webhook, now()).where('id', '=', id).returningAll().executeTakeFirst();
  });
  if (row === undefined) return { code: 'DELIVERY_NOT_FOUND' };
  wake([webhookId]);
  return viewOfDelivery(row);
}

/** Deliveries a transaction. */
const replayBatch = 5_000;

export async function replayDeliveries(
  webhookId: string,
  { status = 'failed', ...range }: BodyOf<typeof replayWebhook>,
  caller: Caller,
  { db, now, wake }: SendAgainDeps,
): Promise<AnswerOf<typeof replayWebhook, 202> | RejectionBody> {
  const webhook = await findSendable(db, webhookId, caller);
  if ('code' in webhook) return webhook;
  let queued = 0;
  for (let after = ''; ; ) {
    const page = await db
      .selectFrom('delivery')
      .select('id')
      .where('webhook_id', '=', webhookId)
      .where('status', 'in', status === 'all' ? ['failed', 'delivered'] : ['failed'])
      .where(inRange(range))
      .where('id', '>', after)
      .orderBy('id')
      .limit(replayBatch)
      .execute();
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.id;
    const ids = sql<string>`any(${page.map(({ id }) => id)}::text[])`;
    const replay = waitAnew(db, webhook, now()).where('id', '=', ids).where('status', '<>', 'pending');
    queued += Number((await replay.executeTakeFirstOrThrow()).numUpdatedRows);
  }
  // Its row is not locked while all that is written: who serves it renews its lease there.
  await updateWebhook(db, caller.principal, webhookId, {});
  wake([webhookId]);
  return { webhookId, queued };
}

/** A paused one takes them, and they wait with the rest. */
async function findSendable(
  db: Kysely<WebhooksTables>,
  webhookId: string,
  { principal }: Caller,
): Promise<WebhookRow | RejectionBody> {
  const webhook = await findWebhook(db, principal, webhookId);
  if (webhook === undefined) return { code: 'WEBHOOK_NOT_FOUND' };
  return webhook.status === 'disabled' ? { code: 'WEBHOOK_DISABLED' } : webhook;
}

const waitAnew = (db: Kysely<WebhooksTables>, { id, ordered }: WebhookRow, now: Date) =>
  db
    .updateTable('delivery')
    .set({ status: 'pending', ordered, tries: 0, next_attempt_at: now, ended_at: null })
    .where('webhook_id', '=', id);
