/**
 * Receiving webhooks: proves that a delivery is from the platform, whole and fresh. Standard Webhooks 1.0, symmetric signatures (`v1`),
 * with WebCrypto alone, so that it runs in Node, browsers and edge workers.
 */
import type { WebhookEvent } from './webhook-event.ts';

export interface WebhookDelivery {
  /** The body as it arrived. Parsed and written again it is not the same bytes. */
  body: string | Uint8Array | ArrayBuffer;
  /** As a `Headers`, as Node's `request.headers`, or an object with names in any case. */
  headers: Pick<Headers, 'get'> | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** `whsec_…`; several while a secret is being replaced. */
  secret: string | readonly string[];
  /** How old or how far ahead a delivery may be, 5 minutes by default. Limits how long a stolen one can be repeated. */
  toleranceSeconds?: number;
  /** Milliseconds since 1970; for tests. */
  nowMs?: number;
}

export type WebhookFault =
  | 'header-missing'
  | 'timestamp-out-of-range'
  | 'signature-mismatch'
  | 'secret-malformed'
  | 'body-malformed';

/** The delivery is not to be believed: answer it with 400. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly fault: WebhookFault;

  constructor(fault: WebhookFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

const defaultToleranceSeconds = 300;
const secretPrefix = 'whsec_';

/**
 * @returns the event. Deliveries are repeated until they are answered with 2xx: its `id` tells whether it was seen before.
 * @throws WebhookVerificationError, or TypeError for a body that was parsed already
 */
export async function verifyWebhook(delivery: WebhookDelivery): Promise<WebhookEvent> {
  const { toleranceSeconds = defaultToleranceSeconds, nowMs = Date.now() } = delivery;
  const id = headerOf(delivery, 'webhook-id');
  const timestamp = headerOf(delivery, 'webhook-timestamp');
  const signatures = headerOf(delivery, 'webhook-signature');
  const ageSeconds = Math.abs(nowMs / 1000 - Number(timestamp));
  if (!/^\d{1,12}$/.test(timestamp) || ageSeconds > toleranceSeconds)
    throw new WebhookVerificationError('timestamp-out-of-range', 'webhook-timestamp is too old, too new or no number');

  const body = bytesOf(delivery.body);
  const signed = concatenated(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  if (!(await anyMatches(signatures, [delivery.secret].flat(), signed)))
    throw new WebhookVerificationError('signature-mismatch', 'no signature of the delivery matches the secret');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as WebhookEvent;
  } catch {
    throw new WebhookVerificationError('body-malformed', 'the body is signed and yet no JSON');
  }
}

function bytesOf(body: WebhookDelivery['body']): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new TypeError(
    'verifyWebhook needs the body as it arrived, as text or bytes: what was signed is not what was parsed',
  );
}

function headerOf({ headers }: WebhookDelivery, name: string): string {
  // Not by class: there are several, of polyfills and other realms.
  const value =
    typeof headers.get === 'function'
      ? (headers as Headers).get(name)
      : Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  if (typeof value === 'string' && value !== '') return value;
  throw new WebhookVerificationError('header-missing', `the header ${name} is missing`);
}

/** `subtle.verify` compares in constant time. */
async function anyMatches(
  header: string,
  secrets: readonly string[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const signatures = header
    .split(' ')
    .filter((each) => each.startsWith('v1,'))
    .map((each) => decoded(each.slice('v1,'.length)))
    .filter((each) => each !== undefined);
  for (const secret of secrets) {
    const key = await keyOf(secret);
    for (const signature of signatures) if (await crypto.subtle.verify('HMAC', key, signature, signed)) return true;
  }
  return false;
}

function keyOf(secret: string) {
  const bytes = decoded(secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret);
  if (bytes === undefined || bytes.length === 0)
    throw new WebhookVerificationError('secret-malformed', 'the secret is not whsec_ and base64');
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
