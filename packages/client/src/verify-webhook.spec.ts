import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyWebhook, type WebhookDelivery } from './verify-webhook.ts';

/** The example of the specification. */
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const otherSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const sentAtMs = 1_614_265_330_000;
const delivery: WebhookDelivery = {
  body: '{"test": 2432232314}',
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  secret,
  nowMs: sentAtMs,
};

function signatureOf(body: string, id: string, timestamp: string, key = secret): string {
  const hmac = createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64'));
  return `v1,${hmac.update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
const withHeader = (name: string, value: string | undefined): WebhookDelivery => ({
  ...delivery,
  headers: { ...(delivery.headers as Record<string, string>), [name]: value },
});
const faultOf = (changed: WebhookDelivery): Promise<unknown> =>
  verifyWebhook(changed).then(
    () => 'none',
    (error: { fault: string }) => error.fault,
  );

describe('a webhook delivery', () => {
  it('is believed as the specification signs it, with the body as text or bytes and headers of either kind', async () => {
    expect(await verifyWebhook(delivery)).toEqual({ test: 2432232314 });
    expect(await verifyWebhook({ ...delivery, body: new TextEncoder().encode(delivery.body as string) })).toBeDefined();
    expect(
      await verifyWebhook({ ...delivery, body: new TextEncoder().encode(delivery.body as string).buffer }),
    ).toBeDefined();
    const headers = new Headers(delivery.headers as Record<string, string>);
    expect(await verifyWebhook({ ...delivery, headers })).toBeDefined();
    // Of another class than the global one, and as some gateways of functions write names.
    expect(await verifyWebhook({ ...delivery, headers: { get: (name) => headers.get(name) } })).toBeDefined();
    const capitals = Object.entries(delivery.headers).map(([name, value]) => [name.toUpperCase(), value]);
    expect(await verifyWebhook({ ...delivery, headers: Object.fromEntries(capitals) })).toBeDefined();
  });

  it('is not looked at when its body was parsed already', async () => {
    await expect(verifyWebhook({ ...delivery, body: { test: 1 } as never })).rejects.toThrow(
      'needs the body as it arrived',
    );
  });

  it('is believed under either of two secrets, and with either of two signatures', async () => {
    expect(await faultOf({ ...delivery, secret: [otherSecret, secret] })).toBe('none');
    const [id, timestamp] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330'];
    const both = `${signatureOf('{}', id, timestamp, otherSecret)} ${signatureOf('{}', id, timestamp)}`;
    expect(await faultOf({ ...withHeader('webhook-signature', both), body: '{}' })).toBe('none');
  });

  it.each([
    ['a changed body', { ...delivery, body: '{"test": 2432232315}' }],
    ['another id', withHeader('webhook-id', 'msg_other')],
    ['another time, as of a repeated delivery', withHeader('webhook-timestamp', '1614265331')],
    ['another secret', { ...delivery, secret: otherSecret }],
    ['a signature that is shorter', withHeader('webhook-signature', 'v1,g0hM9SsE')],
    [
      'a signature of another version',
      withHeader('webhook-signature', 'v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='),
    ],
    ['a signature that is no base64', withHeader('webhook-signature', 'v1,%%%')],
  ])('is not believed with %s', async (_title, changed) => {
    expect(await faultOf(changed)).toBe('signature-mismatch');
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('is not believed without %s', async (name) => {
    expect(await faultOf(withHeader(name, undefined))).toBe('header-missing');
  });

  it('is not believed more than five minutes before or after it was signed', async () => {
    const fiveMinutes = 300_000;
    expect(await faultOf({ ...delivery, nowMs: sentAtMs + fiveMinutes })).toBe('none');
    expect(await faultOf({ ...delivery, nowMs: sentAtMs + fiveMinutes + 1000 })).toBe('timestamp-out-of-range');
    expect(await faultOf({ ...delivery, nowMs: sentAtMs - fiveMinutes - 1000 })).toBe('timestamp-out-of-range');
    expect(await faultOf(withHeader('webhook-timestamp', 'soon'))).toBe('timestamp-out-of-range');
  });

  it('says so when the secret is none, and when a signed body is no JSON', async () => {
    expect(await faultOf({ ...delivery, secret: 'whsec_%%%' })).toBe('secret-malformed');
    const signature = signatureOf('not json', 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330');
    expect(await faultOf({ ...withHeader('webhook-signature', signature), body: 'not json' })).toBe('body-malformed');
  });
});
