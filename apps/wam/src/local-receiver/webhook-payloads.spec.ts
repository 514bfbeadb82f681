import type { Client } from '@wam/client';
import type { FeedEvent } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import { createWebhookPayloads } from './webhook-payloads.ts';

const sessionId = '550e8400-e29b-41d4-a716-446655440000';
const event = (type: string, data: object = {}, more: object = { sessionId }) =>
  ({ id: `evt_${type}`, type, timestamp: '2026-11-27T10:30:00.000Z', cursor: 'c', data, ...more }) as FeedEvent;

function account() {
  let name: string | undefined = 'Shop';
  let asked = 0;
  const getSession = (() => {
    asked++;
    return name === undefined
      ? Promise.reject(new Error('gone'))
      : Promise.resolve({ sessionId, name, phone: '15551230001', metadata: { customer: '4711' } });
  }) as unknown as Client['getSession'];
  return { payloadOf: createWebhookPayloads({ getSession }), asked: () => asked, rename: (to?: string) => (name = to) };
}

describe('an event of the feed, as a webhook would be sent it', () => {
  it('carries its session, which is asked for once, and no cursor', async () => {
    const { payloadOf, asked } = account();
    await payloadOf(event('session.paired', { sessionId, phone: '15551230001', lid: '99' }));
    const payload = await payloadOf(event('message.status', { status: 'sent' }));
    expect(payload).toEqual({
      ...{ id: 'evt_message.status', type: 'message.status', timestamp: '2026-11-27T10:30:00.000Z', sessionId },
      session: { sessionId, name: 'Shop', phone: '15551230001', lid: '99', metadata: { customer: '4711' } },
      data: { status: 'sent' },
    });
    expect(asked()).toBe(1);
  });

  it('tells of a deleted session whose it was', async () => {
    const { payloadOf, rename } = account();
    await payloadOf(event('message.status'));
    rename(undefined);
    expect(await payloadOf(event('session.deleted', { sessionId }))).toMatchObject({ session: { name: 'Shop' } });
    const other = 'e1b9a5a4-3c46-4c27-a1a6-6e4dbb4e2ab1';
    const labels = { sessionId: other, name: 'Before my time', metadata: {} };
    const unknown = await payloadOf(event('message.status', {}, { sessionId: other, session: labels }));
    expect(unknown.session).toEqual({ ...labels, phone: null, lid: null });
  });

  it('has no QR code, and no session where it belongs to none', async () => {
    const { payloadOf } = account();
    const qr = await payloadOf(event('session.qr', { sessionId, qrCode: 'data:image/png;base64,x', expiresAt: 'x' }));
    expect(qr.data).toMatchObject({ qrCode: null });
    expect(await payloadOf(event('webhook.disabled', {}, {}))).not.toHaveProperty('session');
  });
});
