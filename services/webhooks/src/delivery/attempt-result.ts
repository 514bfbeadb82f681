/** What an attempt makes of its delivery. */
import type { AttemptOutcome } from '../network/send-attempt.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import type { AttemptResult, DueDelivery } from './delivery-table.ts';
import type { Verdict } from './judge-attempt.ts';

const maxErrorChars = 300;

export interface EndedAttempt {
  tenant: string;
  webhookId: string;
  delivery: DueDelivery;
  atMs: number;
  outcome: AttemptOutcome;
  verdict: Verdict;
  /** Epoch ms; undefined after the last one. */
  retryAtMs: number | undefined;
}

export const resultOf = (
  { tenant, webhookId, delivery, atMs, outcome, verdict, retryAtMs }: EndedAttempt,
  seals: Pick<WebhookSeals, 'sealExcerpt'>,
): AttemptResult => ({
  webhookId,
  deliveryId: delivery.id,
  number: delivery.attempts + 1,
  tries: delivery.tries + 1,
  dueAtMs: delivery.dueAt,
  atMs,
  httpStatus: outcome.kind === 'answered' ? outcome.httpStatus : null,
  durationMs: outcome.durationMs,
  error: verdict.error?.slice(0, maxErrorChars) ?? null,
  sealedExcerpt: outcome.excerpt === '' ? null : seals.sealExcerpt(tenant, delivery.id, outcome.excerpt),
  status: verdict.result === 'delivered' ? 'delivered' : retryAtMs === undefined ? 'failed' : 'pending',
  nextAttemptAtMs: retryAtMs ?? null,
});

/** Of a delivery whose body cannot be opened any more: nothing is sent. */
export const unreadable = {
  kind: 'failed',
  reason: 'The body cannot be opened any more: its key is gone',
  excerpt: '',
  durationMs: 0,
} as const satisfies AttemptOutcome;
