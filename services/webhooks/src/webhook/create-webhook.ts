import type { AnswerOf, BodyOf, createWebhook, EntitlementsReply, RejectionBody } from '@wam/contracts';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import { newSigningSecret } from '../signing/signing-secret.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import type { Caller } from './caller.ts';
import { faultOfHeaders } from './custom-headers.ts';
import type { WebhookSeals } from './webhook-seals.ts';
import { insertWebhook, lockAccount, readWebhooks, viewOf, type WebhookRow } from './webhook-table.ts';

export interface CreateWebhookDeps {
  db: Kysely<WebhooksTables>;
  seals: WebhookSeals;
  now: () => Date;
  newId: () => string;
  checkUrl: (url: string) => Promise<RejectionBody | undefined>;
  /** SESSION_NOT_FOUND for a session that is not the caller's. */
  checkSession: (sessionId: string, caller: Caller) => Promise<RejectionBody | undefined>;
  readEntitlements: (tenant: string) => Promise<EntitlementsReply | RejectionBody>;
}

/** The answer is the only place that shows the secret; a repeat under the same Idempotency-Key shows it again. */
export async function addWebhook(
  body: BodyOf<typeof createWebhook>,
  caller: Caller,
  deps: CreateWebhookDeps,
): Promise<AnswerOf<typeof createWebhook, 201> | RejectionBody> {
  const { db, seals, now, newId } = deps;
  const { tenant, mode } = caller.principal;
  const fault = checkHeaders(body.headers) ?? (await deps.checkUrl(body.url));
  if (fault !== undefined) return fault;
  const noSession = body.sessionId === undefined ? undefined : await deps.checkSession(body.sessionId, caller);
  if (noSession !== undefined) return noSession;
  const entitlements = await deps.readEntitlements(tenant);
  if ('code' in entitlements) return entitlements;

  const id = `wh_${caller.idempotencyId ?? newId()}`;
  return inTransaction(db, async (trx) => {
    await lockAccount(trx, tenant);
    const existing = await readWebhooks(trx, { tenant, mode: 'live' });
    const repeated = existing.find((webhook) => webhook.id === id);
    if (repeated !== undefined) return withSecret(repeated, seals, now());
    if (existing.length >= entitlements.webhooks)
      return {
        code: 'WEBHOOK_LIMIT_REACHED',
        message: `Your plan includes ${entitlements.webhooks} webhooks`,
        details: { limit: entitlements.webhooks, plan: entitlements.plan },
      };
    const headers = body.headers ?? {};
    const row: WebhookRow = {
      id,
      tenant,
      url: body.url,
      description: body.description ?? '',
      event_types: body.eventTypes ?? [],
      session_id: body.sessionId ?? null,
      ordered: body.ordered ?? false,
      mode,
      sealed_secret: seals.sealSecret(tenant, id, newSigningSecret()),
      sealed_previous_secret: null,
      previous_secret_until: null,
      header_names: Object.keys(headers),
      sealed_headers: seals.sealHeaders(tenant, id, headers),
      status: 'active',
      disabled_reason: null,
      was_paused: false,
      failing_since: null,
      created_at: now(),
      updated_at: now(),
      revision: 1,
      leased_by: null,
      leased_until: null,
    };
    await insertWebhook(trx, row);
    return withSecret(row, seals, now());
  });
}

export function checkHeaders(headers: Readonly<Record<string, string>> | undefined): RejectionBody | undefined {
  const found = headers === undefined ? undefined : faultOfHeaders(headers);
  if (found === undefined) return undefined;
  const param = `headers.${found.name.slice(0, 60)}`;
  return { code: 'VALIDATION_FAILED', param, message: `${param} ${found.fault}` };
}

const withSecret = (row: WebhookRow, seals: WebhookSeals, now: Date): AnswerOf<typeof createWebhook, 201> => ({
  ...viewOf(row, now.getTime()),
  secret: seals.openSecret(row.tenant, row.id, row.sealed_secret),
});
