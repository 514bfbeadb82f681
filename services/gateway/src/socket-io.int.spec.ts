/** Socket.IO and the plain WebSocket on one port, and on two gateways behind a load balancer that does not know about either. */
import { Agent, request } from 'node:http';
import { eventually } from '@wam/testkit';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Gateway } from './create-gateway.ts';
import { connect, receivedEvent, sessionEvent, withToken } from './testing/feed-clients.ts';
import { type FeedAccount, type FeedStage, numbered, startFeedStage } from './testing/feed-stage.ts';
import type { Harness } from './testing/harness.ts';
import { openRawSocket, textFrameOf } from './testing/raw-socket.ts';
import { type RoundRobin, startRoundRobin } from './testing/round-robin.ts';

let stage: FeedStage;
let harness: Harness;
let second: Gateway;
let proxy: RoundRobin;
let { tenant, token, sessionId, publish, publishTexts } = {} as FeedAccount;
const open: Socket[] = [];

beforeAll(async () => {
  stage = await startFeedStage();
  harness = stage.harness;
  second = await harness.startGateway();
  proxy = await startRoundRobin(() => [harness.gateway.address, second.address]);
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  ({ tenant, token, sessionId, publish, publishTexts } = await stage.newAccount());
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

// biome-ignore lint/suspicious/noExplicitAny: specs read what they expect to be there
type Payload = any;
function start(url: string, options: Partial<ManagerOptions & SocketOptions> = { auth: { token } }) {
  const socket = io(url, { forceNew: true, reconnectionDelay: 50, ...options });
  open.push(socket);
  const seen: { name: string; payload: Payload }[] = [];
  socket.onAny((name: string, payload: Payload) => seen.push({ name, payload }));
  const named = (name: string) => seen.filter((each) => each.name === name).map(({ payload }) => payload);
  return {
    socket,
    seen,
    named,
    ready: () =>
      eventually(() => {
        if (named('ready').length === 0) throw new Error(`not ready: ${JSON.stringify(seen)}`);
        return named('ready').at(-1);
      }),
    texts: () => named('message').map(({ text }) => text as string),
    refusal: () => new Promise<Payload>((resolve) => socket.on('connect_error', (error) => resolve(error))),
  };
}

describe('Socket.IO', () => {
  test.each([['websocket'], ['polling']])(
    'over %s brings the documented events with the documented payloads',
    async (transport) => {
      const client = start(harness.gateway.address, { auth: { token }, transports: [transport] });
      await client.ready();
      await publish(sessionEvent(tenant, 'SessionConnected', { sessionId, phone: '15551230001' }));
      await publish(
        sessionEvent(tenant, 'SessionReconnecting', { sessionId, cause: 'connection-lost', attempt: 1, delayMs: 5 }),
      );
      await publish(sessionEvent(tenant, 'SessionDisconnected', { sessionId, cause: 'logged-out' }));
      await publishTexts(0, 1);
      await eventually(() => expect(client.texts()).toHaveLength(1));
      expect(client.named('connected')).toMatchObject([
        { sessionId, phone: '15551230001', cursor: expect.any(String) },
      ]);
      expect(client.named('reconnecting')).toMatchObject([{ sessionId }]);
      expect(client.named('disconnected')).toMatchObject([{ sessionId, reason: expect.stringContaining('unlinked') }]);
      expect(client.named('message')).toMatchObject([{ sessionId, from: '919876543210', text: 'text 0' }]);
      expect(client.socket.io.engine.transport.name).toBe(transport);
    },
  );

  test('goes from polling to WebSocket beside the plain socket, and an unknown path is still a 404', async () => {
    const plain = connect(harness.gateway.address, '/ws', withToken(token));
    await plain.frame('ready');
    const client = start(harness.gateway.address);
    await client.ready();
    await eventually(() => expect(client.socket.io.engine.transport.name).toBe('websocket'));
    const stray = connect(harness.gateway.address, '/elsewhere');
    const status = await new Promise((resolve) =>
      stray.socket.on('unexpected-response', (_request, response) => resolve(response.statusCode)),
    );
    expect(status).toBe(404);
    await publishTexts(0, 1);
    await eventually(() => expect(client.texts()).toEqual(['text 0']));
    await eventually(() => expect(plain.events()).toHaveLength(1));
  });

  test('that goes from polling to WebSocket among events brings each of them once, in order', async () => {
    const { cursor: after } = await connect(harness.gateway.address, '/ws', withToken(token)).frame('ready');
    const client = start(harness.gateway.address, { auth: { token, after } });
    let published = 0;
    while (client.socket.io.engine?.transport.name !== 'websocket') await publishTexts(published, ++published);
    await publishTexts(published, published + 20);
    await eventually(() => expect(client.texts()).toEqual(numbered(0, published + 20)));
  });

  test('takes a token in the handshake, in a header, or in the query, and refuses all others in words', async () => {
    await start(harness.gateway.address, { extraHeaders: { authorization: `Bearer ${token}` } }).ready();
    await start(harness.gateway.address, { extraHeaders: { 'x-api-key': harness.accounts.addKey(tenant) } }).ready();
    await start(harness.gateway.address, { query: { token } }).ready();
    for (const auth of [undefined, { token: 'nonsense' }]) {
      const refused = start(harness.gateway.address, auth === undefined ? {} : { auth });
      expect((await refused.refusal()).data).toMatchObject({ code: 'UNAUTHORIZED' });
    }
  });

  test('that is asked for other sessions sends only theirs from then on', async () => {
    const client = start(harness.gateway.address, { auth: { token, types: 'message.received' } });
    await client.ready();
    const other = harness.addSession(tenant);
    const answered = await client.socket.emitWithAck('subscribe', { sessions: [other] });
    expect(answered).toMatchObject({ type: 'ready' });
    await publishTexts(0, 1);
    await publish(receivedEvent(tenant, other, 'of the other'));
    await eventually(() => expect(client.texts()).toEqual(['of the other']));
    await client.socket.emitWithAck('subscribe', { sessions: [sessionId] });
    await publishTexts(1, 2);
    await eventually(() => expect(client.texts()).toEqual(['of the other', 'text 1']));
    expect(await client.socket.emitWithAck('subscribe', { sessions: 'all' })).toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  });

  test('that gets nothing for long is told how far the feed has got', async () => {
    const address = harness.gateway.address.replace('http', 'ws');
    const socket = await openRawSocket(`${address}/socket.io/?EIO=4&transport=websocket`, {});
    const emitted = (name: string) =>
      socket.texts.filter((text) => text.startsWith(`42["${name}"`)).map((text) => JSON.parse(text.slice(2))[1]);
    socket.send(textFrameOf(`40${JSON.stringify({ token, types: 'campaign.*' })}`));
    await eventually(() => expect(emitted('ready')).toHaveLength(1));
    await publishTexts(0, 1);
    await eventually(
      () => {
        // What answers a ping of the server.
        socket.send(textFrameOf('3'));
        expect(emitted('heartbeat')).toEqual([{ type: 'heartbeat', cursor: expect.any(String) }]);
      },
      { intervalMs: 200 },
    );
    socket.destroy();
    const later = start(harness.gateway.address, { auth: { token, after: emitted('heartbeat')[0].cursor } });
    await publishTexts(1, 2);
    await eventually(() => expect(later.texts()).toEqual(['text 1']));
  });

  test('ends with the key it came with, and does not come back', async () => {
    const key = harness.accounts.addKey(tenant, { keyId: 'key_1' });
    const client = start(harness.gateway.address, { auth: { token: key } });
    await client.ready();
    await harness.publishAccountEvent(tenant, 'ApiKeyRevoked', { accountId: tenant, keyId: 'key_1' });
    await eventually(() => expect(client.socket.connected).toBe(false));
    expect(client.named('closing')).toMatchObject([{ code: 4401 }]);
    expect(client.socket.active).toBe(false);
  });
});

describe('two gateways behind a load balancer without sticky sessions', () => {
  test.each([
    ['by WebSocket', { transports: ['websocket'] }],
    // No connection is used twice, so that each poll may land on the other gateway.
    ['by polling', { transports: ['polling'], agent: new Agent({ keepAlive: false }) as never }],
    ['as the library does it by default', {}],
  ])('any client sees the same, %s', async (_how, options) => {
    const clients = Array.from({ length: 4 }, () => start(proxy.address, { auth: { token }, ...options }));
    for (const client of clients) await client.ready();
    await publishTexts(0, 5);
    for (const client of clients) await eventually(() => expect(client.texts()).toEqual(numbered(0, 5)));
    expect(proxy.counts.length).toBe(2);
    const seen = clients.map((client) => client.named('message').map(({ cursor }) => cursor));
    expect(new Set(seen.map((cursors) => cursors.join())).size).toBe(1);
  });

  test('a client that is cut comes back to whichever, and resumes behind its last cursor', async () => {
    let after: string | undefined;
    const client = start(proxy.address, {
      transports: ['websocket'],
      auth: (answer) => answer({ token, after }),
    });
    client.socket.onAny((_name, payload: Payload) => {
      after = payload.cursor ?? after;
    });
    await client.ready();
    for (let round = 0; round < 3; round++) {
      await publishTexts(round * 4, round * 4 + 2);
      await eventually(() => expect(client.texts().at(-1)).toBe(`text ${round * 4 + 1}`));
      proxy.cut();
      await publishTexts(round * 4 + 2, round * 4 + 4);
      await eventually(() => expect(client.texts()).toEqual(numbered(0, round * 4 + 4)));
    }
    expect(client.texts()).toEqual(numbered(0, 12));
  });
});

test('a request that proposes another protocol is answered as if it had not', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'h2c', 'content-type': 'application/json' };
    const sent = request(`${harness.gateway.address}/api/login`, { method: 'POST', headers }, (response) =>
      resolve(response.statusCode),
    );
    sent.on('error', reject);
    sent.end('{"email":"no"}');
  });
  expect(status).toBe(400);
});

test('pages of other origins than those allowed open no socket', async () => {
  const strict = await harness.startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
  const headers = { authorization: `Bearer ${token}` };
  const foreign = connect(strict.address, '/ws', { headers: { ...headers, origin: 'https://evil.example.com' } });
  const status = await new Promise((resolve) =>
    foreign.socket.on('unexpected-response', (_request, response) => resolve(response.statusCode)),
  );
  expect(status).toBe(403);
  await connect(strict.address, '/ws', { headers: { ...headers, origin: 'https://app.example.com' } }).frame('ready');
  const refused = start(strict.address, {
    auth: { token },
    transports: ['websocket'],
    extraHeaders: { origin: 'https://evil.example.com' },
  });
  await refused.refusal();
});

test('an account has no more connections than its plan allows, and a closed one makes room', async () => {
  const narrow = await harness.startGateway({ FEED_CONNECTIONS_PLANS: 'enterprise=2' });
  const first = connect(narrow.address, '/ws', withToken(token));
  await first.frame('ready');
  await connect(narrow.address, '/ws', withToken(token)).frame('ready');
  expect(await connect(narrow.address, '/ws', withToken(token)).closed).toBe(4429);
  first.socket.close();
  await first.closed;
  await eventually(() => connect(narrow.address, '/ws', withToken(token)).frame('ready'));
});

test('a gateway stops in order while a client resets its connection', async () => {
  const leaving = await harness.startGateway();
  const raw = await openRawSocket(`${leaving.address}/socket.io/?EIO=4&transport=websocket`, {});
  await eventually(() => expect(raw.texts).toHaveLength(1));
  void raw.closed.then(raw.reset);
  await expect(leaving.stop()).resolves.toBeUndefined();
});
