/** What the owner of a webhook does to it after its creation. */
import type {
  AnswerOf,
  BodyOf,
  listWebhooks,
  RejectionBody,
  rotateWebhookSecret,
  updateWebhook as updateOperation,
  WebhookView,
} from '@wam/contracts';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import { reorderDeliveries } from '../delivery/delivery-table.ts';
import { newSigningSecret } from '../signing/signing-secret.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import type { Caller } from './caller.ts';
import { type CreateWebhookDeps, checkHeaders } from './create-webhook.ts';
import type { WebhookSeals } from './webhook-seals.ts';
import {
  findWebhook,
  lockAccount,
  readWebhooks,
  updateWebhook,
  viewOf,
  type WebhookChange,
  type WebhookRow,
} from './webhook-table.ts';

export interface ChangeWebhookDeps extends Pick<CreateWebhookDeps, 'checkUrl' | 'checkSession' | 'now'> {
  db: Kysely<WebhooksTables>;
  seals: WebhookSeals;
  /** Who delivers to it looks at it again. */
  wake: (webhookIds: readonly string[]) => void;
}
const notFound: RejectionBody = { code: 'WEBHOOK_NOT_FOUND' };
const hourMs = 3_600_000;

export async function showWebhooks(
  { principal }: Caller,
  { db, now }: ChangeWebhookDeps,
): Promise<AnswerOf<typeof listWebhooks, 200>> {
  const webhooks = (await readWebhooks(db, principal)).map((row) => viewOf(row, now().getTime()));
  return { webhooks, total: webhooks.length };
}

export async function showWebhook(
  id: string,
  { principal }: Caller,
  { db, now }: ChangeWebhookDeps,
): Promise<WebhookView | RejectionBody> {
  const row = await findWebhook(db, principal, id);
  return row === undefined ? notFound : viewOf(row, now().getTime());
}

export async function changeWebhook(
  id: string,
  body: BodyOf<typeof updateOperation>,
  caller: Caller,
  deps: ChangeWebhookDeps,
): Promise<WebhookView | RejectionBody> {
  const { tenant } = caller.principal;
  if ((await findWebhook(deps.db, caller.principal, id)) === undefined) return notFound;
  const { url, description, eventTypes, sessionId, headers, ordered } = body;
  const fault =
    checkHeaders(headers) ??
    (url === undefined ? undefined : await deps.checkUrl(url)) ??
    (typeof sessionId === 'string' ? await deps.checkSession(sessionId, caller) : undefined);
  if (fault !== undefined) return fault;
  const change: WebhookChange = {
    ...(url === undefined ? {} : { url, failing_since: null }),
    ...(description === undefined ? {} : { description }),
    ...(eventTypes === undefined ? {} : { event_types: eventTypes }),
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(ordered === undefined ? {} : { ordered }),
    ...(headers === undefined
      ? {}
      : { header_names: Object.keys(headers), sealed_headers: deps.seals.sealHeaders(tenant, id, headers) }),
  };
  return commit(id, change, caller, deps, async (trx, row) => {
    if (ordered !== undefined) await reorderDeliveries(trx, row.id, ordered);
  });
}

export const pauseWebhook = (id: string, caller: Caller, deps: ChangeWebhookDeps) =>
  commit(id, { status: 'paused', disabled_reason: null }, caller, deps);

/** A disabled one starts with a clean record: five more days. */
export const resumeWebhook = (id: string, caller: Caller, deps: ChangeWebhookDeps) =>
  commit(id, { status: 'active', disabled_reason: null, failing_since: null }, caller, deps);

export async function removeWebhook(
  id: string,
  caller: Caller,
  deps: ChangeWebhookDeps,
): Promise<RejectionBody | undefined> {
  const result = await commit(id, { status: 'deleted' }, caller, deps);
  return 'code' in result ? result : undefined;
}

export async function rotateSecret(
  id: string,
  { overlapHours = 24 }: BodyOf<typeof rotateWebhookSecret>,
  { principal }: Caller,
  { db, seals, now, wake }: ChangeWebhookDeps,
): Promise<AnswerOf<typeof rotateWebhookSecret, 200> | RejectionBody> {
  const secret = newSigningSecret();
  const until = new Date(now().getTime() + overlapHours * hourMs);
  const rotated = await inTransaction(db, async (trx) => {
    // Of two at the same moment the second one replaces what the first has given.
    await lockAccount(trx, principal.tenant);
    const row = await findWebhook(trx, principal, id);
    // The envelope stays as it is: old and new secret lie in the same place.
    return updateWebhook(trx, principal, id, {
      sealed_secret: seals.sealSecret(principal.tenant, id, secret),
      sealed_previous_secret: row?.sealed_secret ?? null,
      previous_secret_until: until,
      updated_at: now(),
    });
  });
  if (rotated === undefined) return notFound;
  wake([id]);
  return { webhookId: id, secret, previousSecretExpiresAt: until.toISOString() };
}

async function commit(
  id: string,
  change: WebhookChange,
  { principal }: Caller,
  { db, now, wake }: ChangeWebhookDeps,
  also: (trx: Kysely<WebhooksTables>, row: WebhookRow) => Promise<void> = async () => {},
): Promise<WebhookView | RejectionBody> {
  const changed = await inTransaction(db, async (trx) => {
    const row = await updateWebhook(trx, principal, id, { ...change, updated_at: now() });
    if (row !== undefined) await also(trx, row);
    return row;
  });
  if (changed === undefined) return notFound;
  wake([id]);
  return viewOf(changed, now().getTime());
}
