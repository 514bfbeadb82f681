/**
 * Requests under an Idempotency-Key over two gateways and auth, on a real NATS and Postgres. The owner of sessions is a small real consumer
 * that, like the engine, does what it is told once per message id and answers repeats alike.
 */
import { hash, randomUUID } from 'node:crypto';
import { createAuth, loadAuthConfig } from '@wam/auth';
import { type AnyCommand, busHeaders, operations, type ServiceReply, streams, subjects } from '@wam/contracts';
import { createGateway, type Gateway, loadGatewayConfig } from '@wam/gateway';
import { type Clock, createSilentLogger, type Service, systemClock } from '@wam/service-kit';
import {
  answer,
  consumeWorkQueue,
  createRequester,
  type NatsConnection,
  refuse,
  serveRequests,
  type WorkItem,
} from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fingerprintOf } from '../services/gateway/src/idempotency/fingerprint.ts';
import { startBusAndDatabase } from './bus-and-database.ts';

const resources = new AsyncDisposableStack();
const logger = createSilentLogger();
let nc: NatsConnection;
let env: Record<string, string>;
let auth: Service;
let gateways: [Gateway, Gateway];
let aheadMs = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
/** Longer than any lease here. */
const passLease = () => {
  aheadMs += 60_000;
};

async function startAuth(): Promise<void> {
  auth = createAuth(loadAuthConfig(env), { logger, clock });
  await auth.start();
}
beforeAll(async () => {
  const servers = await startBusAndDatabase(resources);
  nc = servers.nc;
  env = { ...servers.env, COMMAND_WAIT_LIMIT: '1s', PUBLISH_TIMEOUT: '1s', DEFAULT_PLAN: 'business' };
  await startAuth();
  resources.defer(() => auth.stop());
  const two = [1, 2].map(() => createGateway(loadGatewayConfig(env), { logger }));
  gateways = two as [Gateway, Gateway];
  for (const gateway of two) {
    await gateway.start();
    resources.defer(() => gateway.stop());
    await eventually(() => expect(gateway.health().ready).toBe(true));
  }
  await serveSessions();
});
afterAll(() => resources.disposeAsync());

/** Every session exists, on the sandbox. */
async function serveSessions(): Promise<void> {
  const sessions = serveRequests(nc, {
    from: { service: 'analytics' },
    handlers: {
      sessionRoute: ({ params: { sessionId } }) => answer(200, { sessionId, network: 'sandbox', pool: 'sandbox' }),
      listSessions: () => answer(200, { sessions: [], total: 0 }),
    },
    logger,
  });
  await sessions.start();
  resources.defer(() => sessions.stop());
  const owner = await consumeWorkQueue(nc, {
    stream: streams.commands.name,
    durable: 'owner',
    filter: subjects.commandsOfPool('sandbox'),
    logger,
    onMessage: (item) => void carryOut(item),
  });
  resources.defer(() => owner.stop());
}
async function carryOut(item: WorkItem): Promise<void> {
  const command = JSON.parse(Buffer.from(item.data).toString()) as AnyCommand;
  deliveries.push(command);
  effects.set(command.id, command);
  await beforeReply(command);
  const inbox = item.headers[busHeaders.replyInbox];
  if (inbox !== undefined) nc.publish(inbox, JSON.stringify(replyTo(command)));
  await item.ack();
}
const deliveries: AnyCommand[] = [];
const effects = new Map<string, AnyCommand>();
let beforeReply: (command: AnyCommand) => Promise<void> = async () => undefined;
let replyTo: (command: AnyCommand) => ServiceReply;

let token: string;
let tenant: string;
beforeEach(async () => {
  deliveries.length = 0;
  effects.clear();
  beforeReply = async () => undefined;
  replyTo = ({ id, type, data }) =>
    type === 'SendMessage'
      ? answer(200, { success: true, message: 'Message sent successfully', messageId: id, status: 'sent' })
      : answer(201, {
          success: true,
          sessionId: (data as { sessionId: string }).sessionId,
          name: 'x',
          status: 'connecting',
          message: 'Session created',
          network: 'sandbox',
        });
  const credentials = { email: `${randomUUID()}@example.com`, password: 'securepassword123' };
  const { body } = await post('/api/register', { body: credentials });
  token = body.token;
  tenant = body.user.userId;
});

interface Answer {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: specs read what they expect to be there
  body: any;
  replayed: boolean;
  headers: Headers;
}
async function post(
  path: string,
  { body = {}, key, gateway = 0 }: { body?: unknown; key?: string | undefined; gateway?: number } = {},
): Promise<Answer> {
  const response = await fetch(gateways[gateway]!.address + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const { status, headers } = response;
  return { status, text, body: JSON.parse(text), replayed: headers.get('idempotent-replayed') === 'true', headers };
}
const hi = { to: '919876543210', message: 'hi' };
const sessionId = randomUUID();
const send = (options: { key?: string; gateway?: number; body?: unknown }) =>
  post(`/api/sessions/${sessionId}/send`, { body: hi, ...options });
async function messagesUsed(): Promise<number> {
  const me = await fetch(`${gateways[0].address}/api/me`, { headers: { authorization: `Bearer ${token}` } });
  return ((await me.json()) as { usage: { messagesToday: number } }).usage.messagesToday;
}

test('batches and single sends under keys of their own, at the same moment, make messages of their own', async () => {
  const messages = Array.from({ length: 20 }, () => hi);
  await Promise.all(
    Array.from({ length: 30 }, (_, n) => [
      send({ key: randomUUID(), gateway: n % 2 }),
      post(`/api/sessions/${sessionId}/messages/batch`, { key: randomUUID(), gateway: n % 2, body: { messages } }),
    ]).flat(),
  );
  await eventually(() => expect(deliveries.length).toBe(30 * 21));
  expect(effects.size).toBe(30 * 21);
});

describe('under one key', () => {
  test('a hundred sends at once over two gateways are one effect, with one answer', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => send({ key, gateway: n % 2 })));
    expect(effects.size).toBe(1);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set([`200 ${answers[0]!.text}`]),
    );
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await messagesUsed()).toBe(1);
  });

  test('the answer is the same, byte for byte, on every gateway and after a restart of auth', async () => {
    const key = randomUUID();
    const first = await send({ key });
    expect(first).toMatchObject({ status: 200, replayed: false });
    await auth.stop();
    await startAuth();
    for (const gateway of [0, 1]) {
      const again = await send({ key, gateway });
      expect({ ...again, headers: undefined }).toEqual({ ...first, headers: undefined, replayed: true });
    }
    expect(deliveries).toHaveLength(1);
  });

  test('another body, session or operation is refused', async () => {
    const key = randomUUID();
    await send({ key });
    const others = [
      send({ key, body: { ...hi, message: 'hello' } }),
      post(`/api/sessions/${randomUUID()}/send`, { key, body: hi }),
      post('/api/sessions', { key, gateway: 1 }),
    ];
    for (const other of await Promise.all(others))
      expect(other).toMatchObject({ status: 409, replayed: false, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(effects.size).toBe(1);
  });

  test('a refusal for good is answered alike', async () => {
    const key = randomUUID();
    replyTo = () => refuse({ code: 'NOT_ON_WHATSAPP', param: 'to' });
    const first = await send({ key });
    const again = await send({ key, gateway: 1 });
    expect(first).toMatchObject({ status: 422, replayed: false });
    expect(again).toMatchObject({ status: 422, replayed: true });
    expect({ ...again.body, requestId: '' }).toEqual({ ...first.body, requestId: '' });
    expect(deliveries).toHaveLength(1);
  });

  test('failed validation is not kept, and what may go better later is tried again as the same message', async () => {
    const key = randomUUID();
    expect(await send({ key, body: { to: 'nobody' } })).toMatchObject({ status: 400 });
    replyTo = () => refuse({ code: 'SESSION_NOT_CONNECTED' });
    expect(await send({ key })).toMatchObject({ status: 409, body: { code: 'SESSION_NOT_CONNECTED' } });
    replyTo = ({ id }) => answer(200, { success: true, message: 'x', messageId: id, status: 'sent' });
    expect(await send({ key })).toMatchObject({ status: 200, replayed: false });
    expect(deliveries).toHaveLength(2);
    expect(effects.size).toBe(1);
    expect(await messagesUsed()).toBe(1);
  });

  test('an answer that could not be recorded is the answer of the repeat too: one effect, one message of the quota', async () => {
    const key = randomUUID();
    beforeReply = () => auth.stop();
    const first = await send({ key });
    expect(first).toMatchObject({ status: 200 });
    beforeReply = async () => undefined;
    await startAuth();
    passLease();
    const again = await send({ key, gateway: 1 });
    expect(again.text).toBe(first.text);
    expect(deliveries).toHaveLength(2);
    expect(effects.size).toBe(1);
    expect(await messagesUsed()).toBe(1);
    expect(await send({ key })).toMatchObject({ text: first.text, replayed: true });
  });

  test('who comes while another gateway is at it waits, and in the end reads when to come again', async () => {
    const key = randomUUID();
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    beforeReply = () => {
      reached.resolve();
      return goOn.promise;
    };
    // The owner takes longer than anybody waits: the first is answered as accepted, the twins likewise.
    const first = send({ key });
    await reached.promise;
    const twin = await send({ key, gateway: 1 });
    expect([202, 409]).toContain(twin.status);
    if (twin.status === 409) {
      expect(twin.body.code).toBe('IDEMPOTENCY_IN_PROGRESS');
      expect(Number(twin.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const { status, text } = await first;
    expect(status).toBe(202);
    goOn.resolve();
    expect(await send({ key, gateway: 1 })).toMatchObject({ status: 202, text, replayed: true });
    expect(effects.size).toBe(1);
  });

  test('who comes after a gateway was cut off reads when to come again, and then gets the one message', async () => {
    const key = randomUUID();
    const begun = await cutOff(key);
    const refused = await send({ key });
    expect(refused).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_IN_PROGRESS' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    passLease();
    const done = await send({ key, gateway: 1 });
    expect(done).toMatchObject({ status: 200, replayed: false, body: { messageId: `msg_${begun}` } });
  });

  test('a batch, a session and an API key are made once', async () => {
    const messages = Array.from({ length: 20 }, (_, n) => ({ to: '919876543210', message: `${n}` }));
    const calls: [string, unknown][] = [
      [`/api/sessions/${sessionId}/messages/batch`, { messages }],
      ['/api/sessions', { name: 'Shop', network: 'sandbox' }],
      ['/api/keys', { name: 'CRM' }],
    ];
    for (const [path, body] of calls) {
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, n) => post(path, { key, body, gateway: n % 2 })),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(answers[0]!.status));
      expect(answers[0]!.status).toBeLessThan(300);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    }
    await eventually(() => expect(deliveries).toHaveLength(21));
    expect(effects.size).toBe(21);
    expect(await messagesUsed()).toBe(20);
  });
});

/** As far as a gateway gets that dies at once: the key is taken, nothing is published. @returns the id of the one message */
async function cutOff(key: string): Promise<string> {
  const requester = createRequester(nc);
  const asked = { params: { sessionId }, query: {}, body: hi };
  const reply = await requester.request(
    subjects.request('auth', 'beginOnce'),
    {
      operation: 'beginOnce',
      requestId: 'r',
      params: {},
      query: {},
      body: {
        tenant,
        keyHash: hash('sha256', key, 'hex'),
        fingerprint: fingerprintOf(operations.sendMessage, { mode: 'live' }, asked),
        leaseMs: 30_000,
      },
    },
    5_000,
  );
  if (!reply.ok) throw new Error(reply.code);
  return (reply.body as { idempotencyId: string }).idempotencyId;
}

describe('a key', () => {
  test.each([
    ['with a space', 'a b'],
    ['longer than 255 characters', 'x'.repeat(256)],
    ['that is empty', ''],
    ['outside ASCII', 'schl\u00fcssel'],
  ])('%s is refused', async (_title, key) => {
    expect(await send({ key })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', param: 'Idempotency-Key' },
    });
    expect(deliveries).toEqual([]);
  });

  test('of 255 characters is taken; of another account it means nothing', async () => {
    const key = '~'.repeat(255);
    const first = await send({ key });
    const { body } = await post('/api/register', {
      body: { email: `${randomUUID()}@example.com`, password: 'securepassword123' },
    });
    token = body.token;
    const strangers = await send({ key });
    expect(strangers).toMatchObject({ status: 200, replayed: false });
    expect(strangers.body.messageId).not.toBe(first.body.messageId);
  });

  test('that is absent costs no question', async () => {
    let asked = 0;
    const spies = ['beginOnce', 'settleOnce'].map((operation) =>
      nc.subscribe(subjects.request('auth', operation), { callback: () => void asked++ }),
    );
    await nc.flush();
    await send({});
    expect(asked).toBe(0);
    await send({ key: randomUUID() });
    expect(asked).toBe(2);
    for (const spy of spies) spy.unsubscribe();
  });
});
