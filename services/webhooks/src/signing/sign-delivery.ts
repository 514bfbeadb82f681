/** Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature`. Pure. */
import { createHmac, type KeyObject } from 'node:crypto';

export interface SignedMessage {
  /** Of the event: the same in every attempt, so that receivers can drop repeats. */
  id: string;
  /** Seconds since 1970, of the attempt: receivers refuse what is older than five minutes. */
  timestamp: number;
  body: string;
}

/** One signature per secret, separated by spaces: during a rotation there are two. */
export function signDelivery({ id, timestamp, body }: SignedMessage, secrets: readonly KeyObject[]): string {
  const content = `${id}.${timestamp}.${body}`;
  return secrets.map((secret) => `v1,${createHmac('sha256', secret).update(content).digest('base64')}`).join(' ');
}
