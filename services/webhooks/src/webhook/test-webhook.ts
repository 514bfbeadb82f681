import {
  type AnswerOf,
  type BodyOf,
  type RejectionBody,
  type testWebhook,
  type WebhookPayload,
  webhookTestType,
} from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { requestOf, targetOf } from '../delivery/delivery-request.ts';
import { judgeAttempt } from '../delivery/judge-attempt.ts';
import type { SendAttempt } from '../network/send-attempt.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import { traceTest } from '../traces.ts';
import type { Caller } from './caller.ts';
import { samplePayload } from './sample-events.ts';
import type { WebhookSeals } from './webhook-seals.ts';
import { findWebhook } from './webhook-table.ts';

export interface TestWebhookDeps {
  db: Kysely<WebhooksTables>;
  seals: WebhookSeals;
  send: SendAttempt;
  now: () => Date;
  newId: () => string;
}

/** One attempt, at once, outside the log of deliveries and the record of the receiver: it is a look, not an event. */
export async function sendTest(
  id: string,
  { type = webhookTestType }: BodyOf<typeof testWebhook>,
  { principal, requestId, idempotencyId }: Caller,
  { db, seals, send, now, newId }: TestWebhookDeps,
): Promise<AnswerOf<typeof testWebhook, 200> | RejectionBody> {
  const row = await findWebhook(db, principal, id);
  if (row === undefined) return { code: 'WEBHOOK_NOT_FOUND' };
  const eventId = `test_${idempotencyId ?? newId()}`;
  const at = now();
  const body = JSON.stringify(samplePayload(type as WebhookPayload['type'], eventId, at));
  const outcome = await send(requestOf(targetOf(row, seals), { eventId, body, atMs: at.getTime() }));
  traceTest({ tenant: principal.tenant, webhookId: id, eventId, type, requestId, outcome, atMs: at.getTime() });
  const { result, error } = judgeAttempt(outcome, at.getTime());
  return {
    delivered: result === 'delivered',
    eventId,
    httpStatus: outcome.kind === 'answered' ? outcome.httpStatus : null,
    durationMs: outcome.durationMs,
    error,
    bodyExcerpt: outcome.excerpt,
  };
}
