/** The event feed over the plain WebSocket and over HTTP. */
import { randomUUID } from 'node:crypto';
import { answer, refuse } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call } from './testing/call.ts';
import { connect, type FeedClient, sessionEvent, withToken } from './testing/feed-clients.ts';
import { type FeedAccount, type FeedStage, numbered, startFeedStage } from './testing/feed-stage.ts';
import type { Harness } from './testing/harness.ts';

let stage: FeedStage;
let harness: Harness;
let { tenant, token, sessionId, publish, publishTexts, open } = {} as FeedAccount;

beforeAll(async () => {
  stage = await startFeedStage();
  harness = stage.harness;
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  ({ tenant, token, sessionId, publish, publishTexts, open } = await stage.newAccount());
});
const address = () => harness.gateway.address;
const texts = (client: Pick<FeedClient, 'events'>) =>
  client.events().flatMap((event) => (event.type === 'message.received' ? [event.data.text] : []));
const ready = (path?: string, by?: string) => open({ ...(path && { path }), ...(by && { by }) });

describe('a socket', () => {
  test('gets the events of its account as they happen, opened, in order, each with a cursor', async () => {
    const client = await ready();
    await publish(sessionEvent(tenant, 'SessionConnected', { sessionId, phone: '15551230001' }));
    await publishTexts(0, 3);
    await eventually(() => expect(client.events()).toHaveLength(4));
    const [first, second] = client.events();
    expect(first).toMatchObject({
      type: 'session.connected',
      sessionId,
      data: { sessionId, phone: '15551230001' },
      cursor: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
    });
    expect(second).toMatchObject({
      type: 'message.received',
      data: { from: '919876543210', lid: '42', text: 'text 0' },
    });
    expect(texts(client)).toEqual(numbered(0, 3));
    expect(new Set(client.events().map(({ cursor }) => cursor)).size).toBe(4);
  });

  test('is told whose session an event is about, in the words of the customer', async () => {
    const client = await ready();
    await publishTexts(0, 1);
    const created = randomUUID();
    const metadata = { customer: '4711' };
    const profile = { sessionId: created, name: 'New', description: '', network: 'sandbox' as const, metadata };
    await publish(sessionEvent(tenant, 'SessionCreated', profile));
    await publish(sessionEvent(tenant, 'SessionConnecting', { sessionId: created }));
    await publish(sessionEvent(tenant, 'SessionConnecting', { sessionId: randomUUID() }));
    await eventually(() => expect(client.events()).toHaveLength(4));
    expect(client.events().map(({ session }) => session)).toEqual([
      { sessionId, name: 'Shop', metadata: { customer: sessionId.slice(0, 8) } },
      { sessionId: created, name: 'New', metadata },
      { sessionId: created, name: 'New', metadata },
      undefined,
    ]);
  });

  test('that nobody can tell of a session goes on without waiting for each event', async () => {
    harness.answers.set('sessionLabel', refuse({ code: 'SERVICE_UNAVAILABLE' }));
    const client = await ready();
    await publishTexts(0, 3);
    await eventually(() => expect(texts(client)).toEqual(numbered(0, 3)));
    expect(client.events().map(({ session }) => session)).toEqual([undefined, undefined, undefined]);
    expect(harness.requests.filter(({ operation }) => operation === 'sessionLabel')).toHaveLength(1);
  });

  test('never gets an event of another account', async () => {
    const other = randomUUID();
    const client = await ready();
    const stranger = await ready('/ws', await harness.issuer.token(other));
    await publishTexts(0, 5);
    await eventually(() => expect(texts(client)).toHaveLength(5));
    expect(stranger.events()).toEqual([]);
    const nosy = await ready(
      `/ws?session=${sessionId}&after=${client.ready.cursor}`,
      await harness.issuer.token(other),
    );
    await publish(sessionEvent(other, 'SessionDeleted', { sessionId: randomUUID() }));
    await publishTexts(5, 6);
    await eventually(() => expect(texts(client)).toHaveLength(6));
    expect(nosy.events()).toEqual([]);
  });

  test('gets only the sessions and types it asks for, and may ask for others later', async () => {
    const second = harness.addSession(tenant);
    const client = await ready(`/ws?session=${second}&type=message.*`);
    await publishTexts(0, 1);
    await publish(sessionEvent(tenant, 'SessionDeleted', { sessionId: second }));
    await publishTexts(1, 2, second);
    await eventually(() => expect(texts(client)).toEqual(['text 1']));
    expect(client.events()).toHaveLength(1);
    client.send({ type: 'subscribe', types: ['session.deleted'] });
    await eventually(() => expect(client.frames.filter(({ type }) => type === 'ready')).toHaveLength(2));
    await publishTexts(2, 3);
    await publish(sessionEvent(tenant, 'SessionDeleted', { sessionId }));
    await eventually(() => expect(client.events()).toHaveLength(2));
    expect(client.events()[1]?.type).toBe('session.deleted');
  });

  test('that comes back with its last cursor gets what it missed, in order, once, whether it is in memory or not', async () => {
    const client = await ready();
    await publishTexts(0, 2);
    await eventually(() => expect(texts(client)).toHaveLength(2));
    client.socket.close();
    const after = client.events().at(-1)!.cursor;
    await publishTexts(2, 20);
    const soon = await ready(`/ws?after=${after}`);
    await eventually(() => expect(texts(soon)).toEqual(numbered(2, 20)));
    const elsewhere = await harness.startGateway();
    const late = connect(elsewhere.address, `/ws?after=${after}`, withToken(token));
    await publishTexts(20, 40);
    await eventually(() => expect(texts(late)).toEqual(numbered(2, 40)));
    await eventually(() => expect(texts(soon)).toEqual(numbered(2, 40)));
    expect(late.events().map(({ cursor }) => cursor)).toEqual(soon.events().map(({ cursor }) => cursor));
  });

  test('with a cursor of another log, or none at all, is told that resuming is impossible, and goes on from now', async () => {
    await publishTexts(0, 1);
    for (const after of ['00000000_1', 'whatever', `${(await ready()).ready.cursor}9999`]) {
      const client = await ready(`/ws?after=${after}`);
      expect(await client.frame('resume_expired')).toMatchObject({ cursor: expect.any(String) });
      client.socket.close();
    }
  });

  test('loses nothing when the bus is killed and comes back', async () => {
    const client = await ready();
    await publishTexts(0, 3);
    await harness.nats.kill();
    await harness.nats.restart();
    await publishTexts(3, 8);
    await eventually(() => expect(texts(client)).toEqual(numbered(0, 8)));
    // Each process comes back to the bus by itself: whoever asks auth about a new key waits for the last of them.
    await eventually(async () => {
      const key = harness.accounts.addKey(tenant);
      expect((await call(address(), '/api/events', { token: key })).status).toBe(200);
    });
  });
});

describe('the credential of a socket', () => {
  test('may come in a header, in the first frame, or as a ticket', async () => {
    const key = harness.accounts.addKey(tenant);
    const byKey = connect(address(), '/ws', { headers: { 'x-api-key': key } });
    await byKey.frame('ready');
    const byFrame = connect(address());
    byFrame.socket.on('open', () => byFrame.send({ type: 'auth', token, types: ['message.received'] }));
    expect(await byFrame.frame('ready')).toMatchObject({ types: ['message.received'] });
    const ticket = await harness.issuer.token(tenant, ticketOf());
    await connect(address(), `/ws?ticket=${ticket}`).frame('ready');
  });

  test('that is bad ends the upgrade with 401, or the connection with 4401', async () => {
    for (const options of [withToken('nonsense'), withToken('wa_live_'.padEnd(40, 'x'))]) {
      const refused = connect(address(), '/ws', options);
      const status = await new Promise((resolve) =>
        refused.socket.on('unexpected-response', (_request, response) => resolve(response.statusCode)),
      );
      expect(status).toBe(401);
    }
    const byFrame = connect(address());
    byFrame.socket.on('open', () => byFrame.send({ type: 'auth', token: 'nonsense' }));
    expect(await byFrame.closed).toBe(4401);
    expect(byFrame.frames).toMatchObject([{ type: 'error', code: 'UNAUTHORIZED' }]);
    const early = connect(address());
    early.socket.on('open', () => early.send({ type: 'subscribe' }));
    expect(await early.closed).toBe(4401);
  });

  test('of a ticket opens nothing but the feed', async () => {
    const ticket = await harness.issuer.token(tenant, ticketOf());
    expect((await call(address(), '/api/sessions', { token: ticket })).status).toBe(401);
    expect((await call(address(), `/api/events?ticket=${ticket}`)).status).toBe(200);
    const old = await harness.issuer.token(tenant, ticketOf({ exp: Math.floor(Date.now() / 1000) - 1 }));
    expect((await call(address(), `/api/events?ticket=${old}`)).status).toBe(401);
  });

  test('of a ticket lasts no longer than the API key that it was asked for with', async () => {
    const keyId = `key_${randomUUID()}`;
    const key = harness.accounts.addKey(tenant, { keyId });
    const ticket = await harness.issuer.token(tenant, ticketOf({ key: keyId }));
    expect((await call(address(), `/api/events?ticket=${ticket}`)).status).toBe(200);
    harness.accounts.revokeKey(key);
    expect((await call(address(), `/api/events?ticket=${ticket}`)).status).toBe(401);
  });

  test('that is revoked or expires ends the connection at once', async () => {
    const key = harness.accounts.addKey(tenant, { keyId: 'key_1' });
    const other = harness.accounts.addKey(tenant, { keyId: 'key_2' });
    const [revoked, kept, byToken] = [await ready('/ws', key), await ready('/ws', other), await ready()];
    await harness.publishAccountEvent(tenant, 'ApiKeyRevoked', { accountId: tenant, keyId: 'key_1' });
    expect(await revoked.closed).toBe(4401);
    await harness.publishAccountEvent(tenant, 'TokensRevoked', { accountId: tenant, generation: 1 });
    expect(await byToken.closed).toBe(4401);
    expect(kept.socket.readyState).toBe(kept.socket.OPEN);

    // Whole seconds, and long enough to be let in on a busy machine.
    const exp = Math.floor(Date.now() / 1000) + 4;
    const brief = await ready('/ws', await harness.issuer.token(tenant, { claims: { exp, gen: 9 } }));
    expect(brief.ready.expiresAt).toBe(new Date(exp * 1000).toISOString());
    expect(await brief.closed).toBe(4401);
  });

  test('needs the scope read, and shows a test key the sandbox only', async () => {
    const sendOnly = harness.accounts.addKey(tenant, { scopes: ['send'] });
    const refused = connect(address(), '/ws', withToken(sendOnly));
    expect(await refused.closed).toBe(4403);
    const real = harness.addSession(tenant, 'whatsapp');
    const tester = await ready('/ws', harness.accounts.addKey(tenant, { mode: 'test' }));
    await publishTexts(0, 1, real);
    await publishTexts(1, 2);
    await eventually(() => expect(texts(tester)).toEqual(['text 1']));
  });

  test('of a Trial account brings session events, and says what a larger plan would bring', async () => {
    harness.accounts.set(tenant, { plan: 'trial' });
    const client = await ready();
    expect(client.ready).toMatchObject({
      types: expect.arrayContaining(['session.connected', 'session.qr']),
      withheld: {
        types: expect.arrayContaining(['message.received', 'message.status', 'campaign.progress']),
        firstPlan: 'Starter',
      },
    });
    await publishTexts(0, 1);
    await publish(sessionEvent(tenant, 'SessionDisconnected', { sessionId, cause: 'logged-out' }));
    await eventually(() => expect(client.events().map(({ type }) => type)).toEqual(['session.disconnected']));
  });
});

describe('a QR code', () => {
  test('is fetched from the owner of the session for those who may manage it, and for nobody else', async () => {
    harness.answers.set('getSessionQr', answer(200, { qrCode: 'data:image/png;base64,AAAA', status: 'pending' }));
    const manager = await ready();
    const reader = await ready('/ws', harness.accounts.addKey(tenant, { scopes: ['read'] }));
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    await publish(sessionEvent(tenant, 'SessionQrIssued', { sessionId, expiresAt }));
    await publishTexts(0, 1);
    await eventually(() => expect(reader.events()).toHaveLength(2));
    await eventually(() => expect(manager.events()).toHaveLength(2));
    expect(manager.events()[0]).toMatchObject({
      type: 'session.qr',
      data: { qrCode: 'data:image/png;base64,AAAA', expiresAt },
    });
    expect(reader.events()[0]).toMatchObject({ type: 'session.qr', data: { qrCode: null, expiresAt } });
  });
});

describe('GET /api/events', () => {
  const list = async (query: string, by = token) => (await call(address(), `/api/events${query}`, { token: by })).body;

  test('gives the feed page by page, and every event once', async () => {
    await publishTexts(0, 25);
    const seen: string[] = [];
    let query = '?limit=10';
    for (;;) {
      const { events, cursor, hasMore } = await list(query);
      seen.push(...events.map((event: { data: { text: string } }) => event.data.text));
      query = `?limit=10&after=${cursor}`;
      if (!hasMore) break;
    }
    expect(seen).toEqual(numbered(0, 25));
    expect(await list(query)).toMatchObject({ events: [], hasMore: false });
    expect(await list(`${query}&type=session.*`)).toMatchObject({ events: [] });
  });

  test('waits for the first event when asked to', async () => {
    const { cursor } = await list('?after=latest');
    const waiting = list(`?after=${cursor}&wait=20`);
    await publishTexts(0, 1);
    expect(await waiting).toMatchObject({ events: [{ data: { text: 'text 0' } }] });
    expect(await list(`?after=${cursor}&wait=20`)).toMatchObject({ events: [{ data: { text: 'text 0' } }] });
  });

  test('refuses what it does not know, and a cursor that is too old', async () => {
    expect((await list('?type=message.shredded')).code).toBe('VALIDATION_FAILED');
    expect((await list(`?session=${'x'.repeat(36)}`)).code).toBe('VALIDATION_FAILED');
    expect((await list('?after=00000000_5')).code).toBe('RESUME_EXPIRED');
    expect((await call(address(), '/api/events')).status).toBe(401);
  });

  test('streams server-sent events, and goes on behind Last-Event-ID', async () => {
    const stream = async (headers: Record<string, string>, count: number) => {
      const aborter = new AbortController();
      const response = await fetch(`${address()}/api/events?type=message.received`, {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${token}`, ...headers },
        signal: aborter.signal,
      });
      let text = '';
      const decoder = new TextDecoder();
      const reading = (async () => {
        for await (const chunk of response.body!) text += decoder.decode(chunk);
      })().catch(() => undefined);
      return {
        ready: eventually(() => expect(text).toContain(': ready')),
        events: () =>
          eventually(() => {
            const blocks = [...text.matchAll(/id: (\S+)\ndata: (.+)\n\n/g)];
            expect(blocks).toHaveLength(count);
            return blocks.map(([, id, data]) => ({ id: id!, text: JSON.parse(data!).data.text }));
          }),
        async end() {
          aborter.abort();
          await reading;
        },
      };
    };
    const first = await stream({}, 2);
    await first.ready;
    await publishTexts(0, 2);
    const events = await first.events();
    expect(events.map((event) => event.text)).toEqual(numbered(0, 2));
    await first.end();
    const again = await stream({ 'last-event-id': events[0]!.id }, 1);
    expect((await again.events())[0]?.text).toBe('text 1');
    await again.end();
  });
});

const ticketOf = (claims: Record<string, unknown> = {}) => ({
  header: { typ: 'events-ticket+jwt' },
  claims: {
    aud: 'wamessenger-events',
    scopes: ['read', 'send', 'manage'],
    mode: 'live',
    exp: Math.floor(Date.now() / 1000) + 60,
    until: Math.floor(Date.now() / 1000) + 3600,
    ...claims,
  },
});

test('the feed says 503 while the bus is away, so that whoever follows it comes back', async () => {
  const follow = () => call(address(), '/api/events', { token, headers: { accept: 'text/event-stream' } });
  expect(await call(address(), '/api/events', { token })).toMatchObject({ status: 200 });
  const { nats } = harness;
  await nats.kill();
  try {
    // Both in the moment in which the connection breaks, and after it.
    for (let ask = 0; ask < 3; ask++)
      expect(await follow()).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
  } finally {
    await nats.restart();
  }
  await eventually(async () => expect(await call(address(), '/api/events', { token })).toMatchObject({ status: 200 }), {
    timeoutMs: 20_000,
  });
});
