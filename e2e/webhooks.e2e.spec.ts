/** Webhooks from the sandbox to a receiver on this machine, as a customer sets them up. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@wam/client';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

interface Received {
  headers: Record<string, string>;
  body: string;
}
const received: Received[] = [];
let status = 200;
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
    response.writeHead(status).end('seen');
  });
});
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let url: string;

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path, { WEBHOOK_ALLOW: '127.0.0.1' });
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
  receiver.close();
});
const typesReceived = () => received.map(({ body }) => (JSON.parse(body) as { type: string }).type);

it('a message to a session arrives at the webhook, signed, and the log shows it', async () => {
  const { client, ready } = platform;
  const { webhookId, secret } = await client.createWebhook({
    body: { url, eventTypes: ['message.received', 'message.status'], description: 'CRM' },
  });
  expect(secret).toMatch(/^whsec_/);
  expect((await client.listWebhooks()).webhooks).toMatchObject([{ webhookId, url, status: 'active' }]);

  await client.simulateIncomingMessage({ body: { from: '919876543210', to: ready.phone, message: 'Hi there' } });
  await until('delivery', async () => received.length > 0);
  const [first] = received;
  const payload = new Webhook(secret).verify(first!.body, first!.headers);
  expect(payload).toMatchObject({
    id: first?.headers['webhook-id'],
    type: 'message.received',
    sessionId: ready.sessionId,
    session: { phone: ready.phone, metadata: {} },
    data: { from: '919876543210', text: 'Hi there' },
  });
  const { data } = await until('the log', async () => {
    const page = await client.listWebhookDeliveries({ params: { webhookId } });
    return page.data[0]?.status === 'delivered' && page;
  });
  const params = { webhookId, deliveryId: data[0]!.deliveryId };
  expect(await client.getWebhookDelivery({ params })).toMatchObject({
    body: payload,
    history: [{ number: 1, httpStatus: 200, bodyExcerpt: 'seen' }],
  });

  await client.sendMessage({ params: ready, body: { to: '919876543210', message: 'Hi yourself' } });
  await until('receipts', async () => typesReceived().filter((type) => type === 'message.status').length >= 3);
});

it('a test says how the receiver answered, and an event type can be tried before it happens', async () => {
  const { client } = platform;
  const { webhookId } = await client.createWebhook({ body: { url } });
  const params = { webhookId };
  expect(await client.testWebhook({ params, body: {} })).toMatchObject({
    delivered: true,
    httpStatus: 200,
    error: null,
    bodyExcerpt: 'seen',
  });
  expect(typesReceived().at(-1)).toBe('webhook.test');
  await client.testWebhook({ params, body: { type: 'session.failed' } });
  expect(typesReceived().at(-1)).toBe('session.failed');
  status = 503;
  expect(await client.testWebhook({ params, body: {} })).toMatchObject({ delivered: false, httpStatus: 503 });
  status = 200;
  expect(await client.updateWebhook({ params, body: { description: 'changed', ordered: true } })).toMatchObject({
    description: 'changed',
    ordered: true,
  });
  expect(await client.deleteWebhook({ params })).toMatchObject({ success: true });
  await expect(client.getWebhook({ params })).rejects.toMatchObject({ status: 404, code: 'WEBHOOK_NOT_FOUND' });
});

it.each([
  ['http://example.com/', 'must begin with https'],
  ['https://10.0.0.1/', 'private'],
  ['https://169.254.169.254/latest/meta-data/', 'private'],
  ['https://localhost/', 'local'],
])('%s cannot be a webhook', async (refused, says) => {
  await expect(platform.client.createWebhook({ body: { url: refused } })).rejects.toMatchObject({
    status: 400,
    code: 'WEBHOOK_URL_NOT_ALLOWED',
    param: 'url',
    message: expect.stringContaining(says),
  });
});

it('a stranger sees neither webhook nor deliveries, and their own are their own', async () => {
  const { webhooks } = await platform.client.listWebhooks();
  const params = { webhookId: webhooks[0]!.webhookId };
  const stranger = createClient({ baseUrl: platform.url });
  const credentials = { email: 'stranger@example.com', password: 'securepassword123' };
  stranger.useToken((await stranger.register({ body: credentials })).token);
  const attempts = [
    stranger.getWebhook({ params }),
    stranger.updateWebhook({ params, body: { description: 'mine' } }),
    stranger.deleteWebhook({ params }),
    stranger.testWebhook({ params, body: {} }),
    stranger.rotateWebhookSecret({ params, body: {} }),
    stranger.listWebhookDeliveries({ params }),
    stranger.replayWebhook({ params, body: { since: '2024-01-15T10:30:00.000Z' } }),
  ];
  const outcomes = await Promise.allSettled(attempts);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { status: 404, code: 'WEBHOOK_NOT_FOUND' } });
  expect(await stranger.listWebhooks()).toEqual({ webhooks: [], total: 0 });
});
