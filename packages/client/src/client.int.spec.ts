import { getEventListeners, once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient, WamConnectionError, WamError } from './index.ts';

interface Scripted {
  status: number;
  body: string;
  headers?: Record<string, string>;
}
interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}
/** A real HTTP server that answers what the test asks for, in order, and keeps what it was sent. `cut` ends the connection instead. */
let server: Server;
let baseUrl: string;
let script: (Scripted | 'cut')[] = [];
let seen: Seen[] = [];
let pauses: number[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      const next = script.shift() ?? refusal(500, 'INTERNAL_ERROR');
      if (next === 'cut') response.destroy();
      else response.writeHead(next.status, { 'content-type': 'application/json', ...next.headers }).end(next.body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  script = [];
  seen = [];
  pauses = [];
});

const answer = (body: unknown): Scripted => ({ status: 200, body: JSON.stringify(body) });
const refusal = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Scripted => ({
  status,
  headers,
  body: JSON.stringify({ error: 'x', message: 'bad', code, requestId: 'r1', docUrl: `http://x/${code}`, ...more }),
});
const sleep = async (ms: number) => {
  pauses.push(ms);
};
const client = () => createClient({ baseUrl, token: 'first', random: () => 1, sleep });
const failureOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);
const message = { params: { sessionId: 'a/b' }, body: { to: '919876543210', message: 'hi' } };

describe('a call', () => {
  it('puts path parameters, query and body where the operation wants them, with the token', async () => {
    const wam = client();
    wam.useToken('second');
    script = [answer({ success: true }), answer({})];
    await wam.sendMessage(message);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/api/sessions/a%2Fb/send',
      body: '{"to":"919876543210","message":"hi"}',
      headers: { authorization: 'Bearer second', 'content-type': 'application/json' },
    });
    await wam.getMessageStats({ query: { days: 3 } });
    expect(seen[1]?.url).toBe('/api/messages/stats?days=3');
    expect(seen[1]?.headers['content-type']).toBeUndefined();
  });

  it('has a header of the caller in place of its own, however that is written', async () => {
    script = [answer({})];
    await client().importSuppressions(
      { body: '{}' },
      { headers: { 'Content-Type': 'application/x-ndjson', AUTHORIZATION: 'x' } },
    );
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'application/x-ndjson', authorization: 'x' });
  });

  it('tells what each answer says beside its body', async () => {
    script = [
      refusal(503, 'SERVICE_UNAVAILABLE'),
      { ...answer({}), headers: { 'stale-answer': 'true', 'x-ratelimit-remaining': '7' } },
    ];
    const told: unknown[] = [];
    await client().getMessageStats(
      {},
      {
        onAnswer: ({ status, headers }) =>
          told.push([status, headers.get('stale-answer'), headers.get('x-ratelimit-remaining')]),
      },
    );
    expect(told).toEqual([
      [503, null, null],
      [200, 'true', '7'],
    ]);
  });

  it('turns an error answer into a WamError with code, request id, field and where it is explained', async () => {
    script = [refusal(400, 'VALIDATION_FAILED', { param: 'to' })];
    const failed = await failureOf(client().listSessions());
    expect(failed).toBeInstanceOf(WamError);
    expect(failed).toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      requestId: 'r1',
      docUrl: 'http://x/VALIDATION_FAILED',
      param: 'to',
      message: 'bad',
    });
  });

  it('says so when the answer is no JSON', async () => {
    script = [{ status: 404, body: '<html>' }];
    await expect(client().listSessions()).rejects.toThrow('GET /api/sessions answered 404 without JSON');
  });

  it.each([['null'], ['{"message":"no upstream"}'], ['"bad gateway"']])(
    'says so when something in between answers: %s',
    async (body) => {
      script = [{ status: 401, body }];
      const failed = await failureOf(client().listSessions());
      expect(failed).toBeInstanceOf(WamConnectionError);
      expect(failed).toMatchObject({
        status: 401,
        message: `GET /api/sessions answered 401 with something else than an error of the API: ${body}`,
      });
    },
  );

  it('is not sent to where it is redirected, which would turn a POST into a GET, but says where that is', async () => {
    script = [{ status: 301, body: '', headers: { location: 'https://wam.example.com/api/sessions/a%2Fb/send' } }];
    await expect(client().sendMessage(message)).rejects.toThrow(
      'POST /api/sessions/a%2Fb/send is redirected to https://wam.example.com/api/sessions/a%2Fb/send: give that address as baseUrl',
    );
    expect(seen.length).toBe(1);
  });

  it.each(['', '.', '..'])('takes no %j in a path, which would be another path', async (sessionId) => {
    await expect(client().deleteSession({ params: { sessionId } })).rejects.toThrow('sessionId');
    expect(seen).toEqual([]);
  });

  it('may be to the page’s own site, of which no address is given', async () => {
    const asked: unknown[] = [];
    const ownFetch = async (url: unknown) => {
      asked.push(url);
      return Response.json({ sessions: [], total: 0 });
    };
    const wam = createClient({ baseUrl: '/', fetch: ownFetch as typeof fetch });
    expect(await wam.listSessions()).toEqual({ sessions: [], total: 0 });
    expect(asked).toEqual(['/api/sessions']);
  });

  it('has a time of its own where one is given, and lets go of the caller’s signal when it is over', async () => {
    const unanswered = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(unanswered, 'listening');
    const url = `http://127.0.0.1:${(unanswered.address() as AddressInfo).port}`;
    const { signal } = new AbortController();
    const failed = await failureOf(createClient({ baseUrl: url, retries: 0 }).listSessions({ timeoutMs: 50, signal }));
    expect(failed).toMatchObject({ message: 'GET /api/sessions had no answer', cause: { name: 'TimeoutError' } });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    unanswered.closeAllConnections();
    unanswered.close();
  });
});

describe('a call that fails for a passing reason', () => {
  it('is sent again, under one idempotency key when it has an effect', async () => {
    script = ['cut', { status: 502, body: '<html>' }, refusal(503, 'SERVICE_UNAVAILABLE'), answer({ success: true })];
    expect(await client().sendMessage(message)).toEqual({ success: true });
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keys).size).toBe(1);
    expect(pauses).toEqual([250, 500, 1000]);
  });

  it('has a key of its own, or the one the caller gives', async () => {
    script = [answer({}), answer({}), answer({})];
    const wam = client();
    await wam.sendMessage(message);
    await wam.sendMessage(message);
    await wam.sendMessage(message, { idempotencyKey: 'order-1041' });
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).not.toBe(keys[1]);
    expect(keys[2]).toBe('order-1041');
  });

  it('waits as long as the server asks', async () => {
    script = [refusal(429, 'RATE_LIMITED', {}, { 'retry-after': '3' }), answer({})];
    await client().listSessions();
    expect(pauses).toEqual([3250]);
  });

  it('ends with the last failure', async () => {
    script = ['cut', 'cut', 'cut', 'cut'];
    expect(await failureOf(client().listSessions())).toBeInstanceOf(WamConnectionError);
    expect(seen.length).toBe(4);
  });

  it('is not sent again when a second arrival could do something else: a login, a refresh', async () => {
    script = ['cut'];
    await failureOf(client().refreshTokens({ body: { refreshToken: 'wrt_0123456789abcdefghij' } }));
    expect(seen.length).toBe(1);
    expect(seen[0]?.headers['idempotency-key']).toBeUndefined();
  });

  it('is not sent again once the caller has given up', async () => {
    script = ['cut', answer({})];
    const gaveUp = new AbortController();
    const wam = createClient({ baseUrl, sleep: async (_ms, signal) => signal?.throwIfAborted() });
    const aborted = wam.listSessions({ signal: gaveUp.signal });
    gaveUp.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
  });
});

describe('a list', () => {
  it('is fetched page by page while it is read', async () => {
    script = [
      answer({ data: [{ messageId: 'm1' }, { messageId: 'm2' }], hasMore: true, nextCursor: 'c1' }),
      answer({ data: [{ messageId: 'm3' }], hasMore: false, nextCursor: null }),
    ];
    const read: string[] = [];
    for await (const { messageId } of client().all.listMessages({ query: { status: 'failed' } })) {
      if (messageId === 'm1') expect(seen.length).toBe(1);
      read.push(messageId);
    }
    expect(read).toEqual(['m1', 'm2', 'm3']);
    expect(seen.map(({ url }) => url)).toEqual([
      '/api/messages?status=failed',
      '/api/messages?status=failed&cursor=c1',
    ]);
  });
});

describe('the events', () => {
  const event = (id: string): string => `id: at-${id}\ndata: {"id":"${id}","cursor":"at-${id}"}\n\n`;
  const place = (cursor: string): string => `id: ${cursor}\n: ready\n\n`;
  const stream = (...parts: string[]): Scripted => ({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: parts.join(''),
  });
  const queries = () => seen.map(({ url }) => new URL(url!, baseUrl).searchParams);

  it('go on from where they were, through ended streams, cut connections and servers that are away', async () => {
    script = [
      stream(place('at-0'), event('1'), event('2'), 'id: at-3\ndata: {"id":"3'),
      'cut',
      refusal(503, 'SERVICE_UNAVAILABLE'),
      stream(place('at-2'), ': nothing new\nid: at-5\n\n'),
      stream(place('at-5'), event('6')),
    ];
    const read: string[] = [];
    for await (const { id } of client().events({ after: 'at-0', types: ['message.*', 'session.connected'] })) {
      read.push(id);
      if (id === '6') break;
    }
    expect(read).toEqual(['1', '2', '6']);
    expect(queries().map((query) => query.get('after'))).toEqual(['at-0', 'at-2', 'at-2', 'at-2', 'at-5']);
    expect(queries()[0]?.get('type')).toBe('message.*,session.connected');
    expect(seen[0]?.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer first' });
    expect(pauses).toEqual([250, 500, 1000, 250]);
  });

  it('begin with the next one when no cursor is given, through a connection that is cut before it comes', async () => {
    script = [stream(place('at-0')), 'cut', stream(place('at-0'), event('1'))];
    for await (const _ of client().events()) break;
    expect(queries().map((query) => query.get('after'))).toEqual(['latest', 'at-0', 'at-0']);
  });

  it('go on with the token of a later login', async () => {
    const wam = client();
    script = [stream(place('at-0'), event('1')), stream(place('at-1'), event('2'))];
    for await (const { id } of wam.events()) {
      if (id === '2') break;
      wam.useToken('second');
    }
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  it('end with what does not pass: a login that is over, a cursor that is too old', async () => {
    script = [refusal(401, 'UNAUTHORIZED')];
    await expect(client().events().next()).rejects.toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    script = [refusal(410, 'RESUME_EXPIRED')];
    await expect(client().events({ after: 'at-0' }).next()).rejects.toMatchObject({ code: 'RESUME_EXPIRED' });
  });

  it.each([
    [
      { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } },
      'answered 200 without a stream of events',
    ],
    [{ status: 404, body: '<html>' }, 'answered 404 without JSON'],
    [{ status: 301, body: '', headers: { location: 'https://x/' } }, 'is redirected to https://x/'],
  ])('end where there is no such platform: %j', async (scripted, says) => {
    script = [scripted];
    await expect(client().events().next()).rejects.toThrow(says);
    expect(pauses).toEqual([]);
  });

  it('end when there are too many connections for a minute and more, and tell meanwhile what they wait for', async () => {
    const tooMany = refusal(429, 'TOO_MANY_CONNECTIONS', {}, { 'retry-after': '1' });
    script = Array.from({ length: 11 }, () => tooMany);
    const told: [string, number][] = [];
    const onRetry = (error: Error, delayMs: number) => told.push([(error as WamError).code, delayMs]);
    const ended = client().events({ onRetry }).next();
    await expect(ended).rejects.toMatchObject({ code: 'TOO_MANY_CONNECTIONS', retryAfterSeconds: 1 });
    expect(pauses).toEqual([1250, 1250, 1250, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(told).toEqual(pauses.map((ms) => ['TOO_MANY_CONNECTIONS', ms]));
  });

  it('begin to count anew once a connection was given', async () => {
    const tooMany = refusal(429, 'TOO_MANY_CONNECTIONS', {}, { 'retry-after': '1' });
    const refused = Array.from({ length: 10 }, () => tooMany);
    script = [...refused, stream(place('at-0')), ...refused, stream(place('at-0'), event('1'))];
    expect((await client().events().next()).value).toMatchObject({ id: '1' });
  });

  it('wait out a limit of requests, however far away its end', async () => {
    script = [refusal(429, 'RATE_LIMITED', {}, { 'retry-after': '900' }), stream(place('at-0'), event('1'))];
    expect((await client().events().next()).value).toMatchObject({ id: '1' });
    expect(pauses).toEqual([900_250]);
  });

  it('end when the caller gives up, in the midst of waiting, and leave no connection behind', async () => {
    const held = createServer((_, response) => response.writeHead(200).write(place('at-0'))).listen(0, '127.0.0.1');
    await once(held, 'listening');
    const url = `http://127.0.0.1:${(held.address() as AddressInfo).port}`;
    const closed = new Promise((resolve) => {
      held.on('connection', (socket) => socket.on('error', () => undefined).on('close', resolve));
    });
    const gaveUp = new AbortController();
    const next = createClient({ baseUrl: url }).events({}, { signal: gaveUp.signal }).next();
    await once(held, 'request');
    gaveUp.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    await closed;
    held.close();
  });
});
