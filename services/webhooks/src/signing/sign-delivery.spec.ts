import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signDelivery } from './sign-delivery.ts';
import { newSigningSecret, signingKeyOf } from './signing-secret.ts';

const secret = newSigningSecret();
const other = newSigningSecret();
const now = Math.floor(Date.now() / 1000);
const message = { id: 'evt_1', timestamp: now, body: '{"text":"Grüße 👋"}' };
const headersOf = (signature: string, timestamp = now) => ({
  'webhook-id': message.id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': signature,
});

describe('a signed delivery', () => {
  it('has the signature that the reference library makes', () => {
    const reference = new Webhook(secret).sign(message.id, new Date(now * 1000), message.body);
    expect(signDelivery(message, [signingKeyOf(secret)])).toBe(reference);
  });

  it('is accepted by the reference library, and refused when a byte of it is different', () => {
    const headers = headersOf(signDelivery(message, [signingKeyOf(secret)]));
    expect(new Webhook(secret).verify(message.body, headers)).toEqual({ text: 'Grüße 👋' });
    expect(() => new Webhook(secret).verify(`${message.body} `, headers)).toThrow();
    expect(() => new Webhook(secret).verify(message.body, { ...headers, 'webhook-id': 'evt_2' })).toThrow();
    expect(() => new Webhook(other).verify(message.body, headers)).toThrow();
  });

  it('is accepted under either secret while they overlap', () => {
    const headers = headersOf(signDelivery(message, [signingKeyOf(other), signingKeyOf(secret)]));
    expect(() => new Webhook(secret).verify(message.body, headers)).not.toThrow();
    expect(() => new Webhook(other).verify(message.body, headers)).not.toThrow();
  });
});
