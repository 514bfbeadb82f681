/** What an operator sees of a message: one trace through every service, and log lines that tell nothing they must not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@wam/client';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('what else a customer asks for is one trace of its request', () => {
  /** A call under a request id of its own. */
  const call = <T>(requestId: string, ask: (options: { headers: Record<string, string> }) => Promise<T>): Promise<T> =>
    ask({ headers: { 'x-request-id': requestId } });
  /** In the trace of the request each of these spans is under the one named. */
  const untilTraced = (requestId: string, expected: Record<string, string | undefined>) =>
    eventually(
      () => {
        const spans = collector.traceOf('wam.request_id', requestId);
        const nameOf = (id: string | undefined) => spans.find(({ spanId }) => spanId === id)?.name;
        const parents = spans.map(({ name, parentSpanId }) => [name, nameOf(parentSpanId)] as const);
        expect(Object.fromEntries(parents)).toMatchObject(expected);
      },
      { timeoutMs: 20_000 },
    );
  const stored = (cause: string, ...types: string[]) =>
    Object.fromEntries(
      types.flatMap((type) => [
        [`store ${type}`, cause],
        [`project ${type}`, `store ${type}`],
      ]),
    );
  const commanded = (route: string, command: string, ...types: string[]) => ({
    [route]: undefined,
    [`publish ${command}`]: route,
    [`carry out ${command}`]: `publish ${command}`,
    ...stored(`carry out ${command}`, ...types),
  });

  it('a login, with who answered it', async () => {
    const { client, ready } = platform;
    await call('login', (options) => client.login({ body: { email: ready.email, password: ready.password } }, options));
    const expected = { 'POST /api/login': undefined, 'answer login': 'POST /api/login' };
    await untilTraced('login', expected);
  });

  it('a session: created, linked by the phone that scans its code, and deleted', async () => {
    const { client } = platform;
    const { sessionId } = await call('create', (options) =>
      client.createSession({ body: { name: 'traced' } }, options),
    );
    const { qrCode } = await client.getSessionQr({ params: { sessionId } });
    await client.scanQr({ body: { qrCode: qrCode! } });
    const created = ['SessionCreated', 'SessionQrIssued', 'SessionPaired', 'SessionConnected'];
    const creation = commanded('POST /api/sessions', 'CreateSession', ...created);
    await untilTraced('create', creation);

    await call('delete', (options) => client.deleteSession({ params: { sessionId } }, options));
    const types = ['SessionDisconnected', 'SessionDeleted'];
    const deletion = commanded('DELETE /api/sessions/:sessionId', 'DeleteSession', ...types);
    await untilTraced('delete', deletion);
  });

  it('a campaign, from its creation to its end', async () => {
    const { client, ready } = platform;
    await call('campaign', (options) =>
      client.createCampaign(
        { body: { message: text, contacts: [to], sessionIds: [ready.sessionId], start: true } },
        options,
      ),
    );
    const expected = {
      'POST /api/campaigns': undefined,
      'answer createCampaign': 'POST /api/campaigns',
      ...stored('POST /api/campaigns', 'CampaignCreated', 'CampaignStarted', 'CampaignCompleted'),
    };
    await untilTraced('campaign', expected);
  });

  it('the test of a webhook, with what it sent', async () => {
    const { client } = platform;
    const { webhookId } = await client.createWebhook({ body: { url: receiver.url } });
    await call('test', (options) => client.testWebhook({ params: { webhookId }, body: {} }, options));
    const route = 'POST /api/webhooks/:webhookId/test';
    const expected = { [route]: undefined, 'answer testWebhook': route, 'test webhook.test': route };
    await untilTraced('test', expected);
    await client.deleteWebhook({ params: { webhookId } });
  });
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
