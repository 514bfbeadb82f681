import type { KeyObject } from 'node:crypto';
import type { AttemptRequest } from '../network/send-attempt.ts';
import { signDelivery } from '../signing/sign-delivery.ts';
import { signingKeyOf } from '../signing/signing-secret.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import type { WebhookRow } from '../webhook/webhook-table.ts';

/** What of a webhook every delivery needs, opened. */
export interface DeliveryTarget {
  origin: string;
  path: string;
  /** Custom ones and those that are the same for all: name, value, name, value. */
  headers: readonly string[];
  secretsAt(nowMs: number): KeyObject[];
}

export function targetOf(row: WebhookRow, seals: WebhookSeals): DeliveryTarget {
  const { id, tenant, previous_secret_until: until, sealed_previous_secret: sealedPrevious } = row;
  const secret = signingKeyOf(seals.openSecret(tenant, id, row.sealed_secret));
  const previous = sealedPrevious === null ? undefined : signingKeyOf(seals.openSecret(tenant, id, sealedPrevious));
  return targetFor(new URL(row.url), seals.openHeaders(tenant, id, row.sealed_headers), (nowMs) =>
    previous !== undefined && until !== null && until.getTime() > nowMs ? [secret, previous] : [secret],
  );
}

export function targetFor(
  { origin, pathname, search }: URL,
  customHeaders: Readonly<Record<string, string>>,
  secretsAt: DeliveryTarget['secretsAt'],
): DeliveryTarget {
  const headers = { ...customHeaders, 'content-type': 'application/json', 'user-agent': 'WAMessenger-Webhooks/1' };
  return { origin, path: pathname + search, headers: Object.entries(headers).flat(), secretsAt };
}

export function requestOf(
  { origin, path, headers, secretsAt }: DeliveryTarget,
  { eventId, body, atMs }: { eventId: string; body: string; atMs: number },
): AttemptRequest {
  const timestamp = Math.floor(atMs / 1000);
  const signature = signDelivery({ id: eventId, timestamp, body }, secretsAt(atMs));
  return {
    origin,
    path,
    body,
    headers: [
      ...headers,
      'webhook-id',
      eventId,
      'webhook-timestamp',
      String(timestamp),
      'webhook-signature',
      signature,
    ],
  };
}
