import type { WebhookAttempt, WebhookDelivery } from '@wam/contracts';
import type { Selectable } from '@wam/service-kit/postgres';
import type { BodyColumns } from '../delivery/body-pages.ts';
import type { DeliveryRow } from '../delivery/delivery-table.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';

export const viewOfDelivery = (
  row: Omit<DeliveryRow, keyof BodyColumns | 'sealed_excerpt' | 'attempted_at'> & Pick<DeliveryRow, 'event_id'>,
): WebhookDelivery => ({
  deliveryId: row.id,
  eventId: row.event_id,
  type: row.type,
  sessionId: row.session_id,
  status: row.status,
  attempts: row.attempts,
  createdAt: row.created_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
  nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
  httpStatus: row.http_status,
  durationMs: row.duration_ms,
  error: row.error,
});

/** @returns undefined before the first */
export const lastAttemptOf = (row: DeliveryRow): Selectable<WebhooksTables['attempt']> | undefined =>
  row.attempted_at === null
    ? undefined
    : {
        webhook_id: row.webhook_id,
        delivery_id: row.id,
        number: row.attempts,
        at: row.attempted_at,
        http_status: row.http_status,
        duration_ms: row.duration_ms ?? 0,
        error: row.error,
        sealed_excerpt: row.sealed_excerpt,
      };

export const viewOfAttempt = (
  tenant: string,
  row: Selectable<WebhooksTables['attempt']>,
  seals: WebhookSeals,
): WebhookAttempt => ({
  number: row.number,
  at: row.at.toISOString(),
  httpStatus: row.http_status,
  durationMs: row.duration_ms,
  error: row.error,
  bodyExcerpt: row.sealed_excerpt === null ? '' : seals.openExcerpt(tenant, row.delivery_id, row.sealed_excerpt),
});
