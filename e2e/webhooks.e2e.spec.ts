/** Webhooks from the sandbox to a receiver on this machine, as a customer sets them up. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createClient, verifyWebhook } from '@wam/client';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const entry = fileURLToPath(new URL('../apps/wam/src/main.ts', import.meta.url));
const resources = new AsyncDisposableStack();
let receiver: WebhookReceiver;
let platform: Platform;
let url: string;

beforeAll(async () => {
  receiver = resources.use(await startWebhookReceiver());
  ({ url } = receiver);
  const folder = resources.use(await temporaryFolder());
  platform = resources.use(await startPlatform(folder.path, { WEBHOOK_ALLOW: '127.0.0.1' }));
}, 90_000);
afterAll(() => resources.disposeAsync());
const typesReceived = () => receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);

it('a message to a session arrives at the webhook, signed, and the log shows it', async () => {
  const { client, ready } = platform;
  const { webhookId, secret } = await client.createWebhook({
    body: { url, eventTypes: ['message.*'], description: 'CRM' },
  });
  expect(secret).toMatch(/^whsec_/);
  expect((await client.listWebhooks()).webhooks).toMatchObject([{ webhookId, url, status: 'active' }]);

  await client.simulateIncomingMessage({ body: { from: '919876543210', to: ready.phone, message: 'Hi there' } });
  await until('delivery', async () => receiver.received.length > 0);
  const [first] = receiver.received;
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

it('a delivery is believed by the client and by any Standard Webhooks library; changed, unsigned or repeated later by neither', async () => {
  const { client } = platform;
  const { webhookId, secret } = await client.createWebhook({ body: { url } });
  expect(await client.testWebhook({ params: { webhookId }, body: {} })).toMatchObject({ delivered: true });
  const { body, headers } = receiver.received.at(-1)!;
  const other = new Webhook(secret);
  expect(await verifyWebhook({ body, headers, secret })).toEqual(other.verify(body, headers));

  const { 'webhook-signature': _, ...unsigned } = headers;
  for (const changed of [
    { body: body.replace('webhook.test', 'webhook.tesT'), headers },
    { body, headers: { ...headers, 'webhook-id': 'evt_of_another' } },
    { body, headers: unsigned },
  ]) {
    await expect(verifyWebhook({ ...changed, secret })).rejects.toMatchObject({ name: 'WebhookVerificationError' });
    expect(() => other.verify(changed.body, changed.headers as Record<string, string>)).toThrow();
  }
  const sentAtMs = Number(headers['webhook-timestamp']) * 1000;
  try {
    vi.useFakeTimers({ toFake: ['Date'], now: sentAtMs + 301_000 });
    await expect(verifyWebhook({ body, headers, secret })).rejects.toMatchObject({ fault: 'timestamp-out-of-range' });
    expect(() => other.verify(body, headers)).toThrow();
  } finally {
    vi.useRealTimers();
  }
  await client.deleteWebhook({ params: { webhookId } });
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
  receiver.answer.status = 503;
  expect(await client.testWebhook({ params, body: {} })).toMatchObject({ delivered: false, httpStatus: 503 });
  receiver.answer.status = 200;
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
    stranger.replayWebhook({ params, body: { since: '2024-01-15T10:30:00Z' } }),
  ];
  const outcomes = await Promise.allSettled(attempts);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { status: 404, code: 'WEBHOOK_NOT_FOUND' } });
  expect(await stranger.listWebhooks()).toEqual({ webhooks: [], total: 0 });
});

describe('a developer without an address on the internet', () => {
  /** The command line with the token of the account. Resolves with what it printed, or rejects with what it complained of. */
  const wam = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, WAM_URL: platform.url, WAM_API_KEY: platform.ready.token };
    return (await promisify(execFile)(process.execPath, [entry, ...args], { env })).stdout;
  };
  function listen(...args: string[]) {
    const env = { ...process.env, WAM_API_KEY: platform.ready.token };
    const child = spawn(process.execPath, [entry, 'listen', '--url', platform.url, ...args], { env });
    const lines = { out: '', notes: '' };
    child.stdout.on('data', (chunk: Buffer) => (lines.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (lines.notes += chunk.toString()));
    const exited = once(child, 'exit');
    return {
      events: () => lines.out.split('\n').filter((line) => line !== ''),
      noted: (pattern: RegExp) => until(String(pattern), async () => pattern.exec(lines.notes)?.[1]),
      async [Symbol.asyncDispose]() {
        child.kill('SIGINT');
        expect(await exited).toEqual([0, null]);
      },
    };
  }
  const write = (message: string) =>
    platform.client.simulateIncomingMessage({ body: { from: '919876543210', to: platform.ready.phone, message } });
  const textsAt = (from: number) =>
    receiver.received.slice(from).map(({ body }) => (JSON.parse(body) as { data: { text: string } }).data.text);

  it('is sent the events that happen, signed as a webhook, and goes on where it stopped', async () => {
    const before = receiver.received.length;
    let cursor: string;
    {
      await using listening = listen('--forward-to', url, '--events', 'message.received', '--json');
      const secret = await listening.noted(/signed with (whsec_\S+)/);
      await write('while I listen');
      await until('event', async () => listening.events().length > 0);
      const { cursor: last, ...event } = JSON.parse(listening.events()[0]!);
      cursor = last;
      expect(event).toMatchObject({ type: 'message.received', forwarded: { status: 200 } });
      const { headers, body } = receiver.received.findLast((each) => each.body.includes('while I listen'))!;
      expect(new Webhook(secret!).verify(body, headers)).toMatchObject({
        id: event.id,
        session: { sessionId: platform.ready.sessionId, phone: platform.ready.phone, metadata: {} },
        data: { from: '919876543210', text: 'while I listen' },
      });
    }
    await write('while I am away');
    {
      await using listening = listen('--after', cursor, '--events', 'message.*', '--session', platform.ready.sessionId);
      await until('what was missed', async () => listening.events().some((line) => line.includes('message.received')));
      expect(listening.events()[0]).toMatch(/^\S+Z {2}message\.received {2}\S+ {2}[\w-]+$/);
    }
    expect(textsAt(before).filter((text) => text === 'while I am away').length).toBeLessThanOrEqual(1);
  });

  it('tries an event on a receiver of its own, or on the webhooks that are told of it', async () => {
    const printed = await wam('trigger', 'campaign.progress', '--forward-to', url);
    expect(printed).toContain('-> 200');
    expect(typesReceived().at(-1)).toBe('campaign.progress');
    const { webhookId } = await platform.client.createWebhook({ body: { url, eventTypes: ['session.failed'] } });
    expect(await wam('trigger', 'session.failed')).toMatch(new RegExp(`session.failed  ${webhookId} .* -> 200`));
    expect(typesReceived().at(-1)).toBe('session.failed');
    await expect(wam('trigger', 'no.event')).rejects.toThrow('there is no event no.event');
    receiver.answer.status = 500;
    await expect(wam('trigger', 'session.failed', '--webhook', webhookId)).rejects.toThrow('answered 500');
    receiver.answer.status = 200;
  });
});
