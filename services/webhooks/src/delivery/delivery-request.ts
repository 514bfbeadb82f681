import type { KeyObject } from 'node:crypto';
import type { AttemptRequest } from '../network/send-attempt.ts';
import { signDelivery } from '../signing/sign-delivery.ts';
import { signingKeyOf } from '../signing/signing-secret.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import type { WebhookRow } from '../webhook/webhook-table.ts';

/** What of a webhook every delivery needs, opened. */
export interface DeliveryTarget {
  url: URL;
  headers: Readonly<Record<string, string>>;
  secretsAt(nowMs: number): KeyObject[];
}

export function targetOf(row: WebhookRow, seals: WebhookSeals): DeliveryTarget {
  const { id, tenant, previous_secret_until: until, sealed_previous_secret: sealedPrevious } = row;
  const secret = signingKeyOf(seals.openSecret(tenant, id, row.sealed_secret));
  const previous = sealedPrevious === null ? undefined : signingKeyOf(seals.openSecret(tenant, id, sealedPrevious));
  return {
    url: new URL(row.url),
    headers: seals.openHeaders(tenant, id, row.sealed_headers),
    secretsAt: (nowMs) =>
      previous !== undefined && until !== null && until.getTime() > nowMs ? [secret, previous] : [secret],
  };
}

export function requestOf(
  { url, headers, secretsAt }: DeliveryTarget,
  { eventId, body, at }: { eventId: string; body: string; at: Date },
): AttemptRequest {
  const timestamp = Math.floor(at.getTime() / 1000);
  return {
    url,
    body,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'user-agent': 'WAMessenger-Webhooks/1',
      'webhook-id': eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signDelivery({ id: eventId, timestamp, body }, secretsAt(at.getTime())),
    },
  };
}
