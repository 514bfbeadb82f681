/** Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature`. Pure. */
import type { SigningKey } from './signing-key.ts';

export interface SignedMessage {
  /** Of the event: the same in every attempt, so that receivers can drop repeats. */
  id: string;
  /** Seconds since 1970, of the attempt: receivers refuse what is older than five minutes. */
  timestamp: number;
  body: string;
}

/** One signature per secret, separated by spaces: during a rotation there are two. */
export function signDelivery({ id, timestamp, body }: SignedMessage, keys: readonly SigningKey[]): string {
  const content = `${id}.${timestamp}.${body}`;
  return keys.map((key) => `v1,${key.sign(content)}`).join(' ');
}
