/** What an operator sees of a message: one trace through every service, and log lines that tell nothing they must not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@wam/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCollector } from './observability/collector.ts';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const resources = new AsyncDisposableStack();
const text = 'Nobody but its reader may see this';
const to = '919876543210';
let collector: Awaited<ReturnType<typeof startCollector>>;
let receiver: WebhookReceiver;
let platform: Platform;
let folder: string;

beforeAll(async () => {
  collector = resources.use(await startCollector());
  receiver = resources.use(await startWebhookReceiver());
  folder = resources.use(await temporaryFolder()).path;
  platform = resources.use(
    await startPlatform(folder, {
      WEBHOOK_ALLOW: '127.0.0.1',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      // How long a span waits for others.
      OTEL_BSP_SCHEDULE_DELAY: '200',
      LOG_LEVEL: 'debug',
    }),
  );
}, 90_000);
afterAll(() => resources.disposeAsync());

it('a message is one trace: request, command, engine, acknowledgement, events, projections, deliveries, each under its cause', async () => {
  const { client, ready } = platform;
  await client.createWebhook({ body: { url: receiver.url, eventTypes: ['message.status'] } });
  const { messageId } = await client.sendMessage({
    params: { sessionId: ready.sessionId },
    body: { to, message: text },
  });
  const stages = ['MessageAccepted', 'MessageSent', 'MessageDelivered', 'MessageRead'];
  const spans = await until('all spans', async () => {
    const found = collector.traceOf('wam.message_id', messageId!);
    const names = found.map(({ name }) => name);
    const isWhole = stages.every((type) => names.includes(`project ${type}`));
    return isWhole && names.filter((name) => name === 'deliver message.status').length >= 3 && found;
  });
  const parents = Object.fromEntries(
    spans.map(({ name, parentSpanId }) => [name, spans.find(({ spanId }) => spanId === parentSpanId)?.name]),
  );
  expect(parents).toEqual({
    'POST /api/sessions/:sessionId/send': undefined,
    'publish SendMessage': 'POST /api/sessions/:sessionId/send',
    'accept SendMessage': 'publish SendMessage',
    'send to WhatsApp': 'accept SendMessage',
    'store MessageAccepted': 'accept SendMessage',
    'store MessageSent': 'send to WhatsApp',
    'store MessageDelivered': 'send to WhatsApp',
    'store MessageRead': 'send to WhatsApp',
    ...Object.fromEntries(stages.map((type) => [`project ${type}`, `store ${type}`])),
    'deliver message.status': expect.stringMatching(/^store Message/),
  });
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  for (const { start, end } of spans) expect(end).toBeGreaterThanOrEqual(start);
});

it('neither spans nor log lines hold a text, a phone number, a password, a key or a token', async () => {
  const { client, ready, url } = platform;
  const { refreshToken } = await client.login({ body: { email: ready.email, password: ready.password } });
  const { key } = await client.createApiKey({ body: { name: 'CRM', scopes: ['send'] } });
  const { secret } = await client.createWebhook({ body: { url: receiver.url, eventTypes: ['message.received'] } });
  const withKey = createClient({ baseUrl: url, token: key });
  await withKey.sendMessage({ params: { sessionId: ready.sessionId }, body: { to, message: text } });
  await client.simulateIncomingMessage({ body: { from: to, to: ready.phone, message: text } });
  // Faults are where a careless line would show what was sent.
  await withKey
    .sendMessage({ params: { sessionId: ready.sessionId }, body: { to: 'x', message: text } })
    .catch(() => 0);
  await client.login({ body: { email: ready.email, password: 'wrong-password-1' } }).catch(() => 0);
  await until('the delivery', async () => receiver.received.some(({ body }) => body.includes('message.received')));
  const kek = (await readFile(join(folder, 'kek'), 'utf8')).trim();
  await platform.stop();

  const lines = platform.output();
  expect(lines).toContain('"level"');
  const secrets = {
    text,
    to,
    password: ready.password,
    wrong: 'wrong-password-1',
    token: ready.token,
    refreshToken,
    key,
    secret,
    kek,
  };
  for (const [name, value] of Object.entries(secrets)) {
    expect(value, name).toBeTruthy();
    // The banner shows what the first account needs; log lines are JSON.
    const logged = lines.split('\n').filter((line) => line.startsWith('{') && line.includes(value));
    expect(logged, name).toEqual([]);
    expect(collector.raw().includes(value), `${name} in a span`).toBe(false);
  }
});
