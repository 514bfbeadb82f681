import type { ServiceRequest } from '@wam/contracts';
import { eventually, startTestNats, type TestNats } from '@wam/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSilentLogger } from '../telemetry/logger.ts';
import { connectNats, type NatsConnection } from './connect.ts';
import { answer, refuse } from './replies.ts';
import { createRequester, type Requester } from './requester.ts';
import { serveRequests } from './serve-requests.ts';

let nats: TestNats;
let server: NatsConnection;
let client: NatsConnection;
let requester: Requester;
let logLines: Record<string, unknown>[] = [];
const logger = pino({}, { write: (line: string) => void logLines.push(JSON.parse(line)) });

beforeAll(async () => {
  nats = await startTestNats();
  server = await connectNats({ url: nats.url, name: 'serving' });
  client = await connectNats({ url: nats.url, name: 'asking' });
  requester = createRequester(client);
});
afterAll(async () => {
  requester?.close();
  await client?.close();
  await server?.close();
  await nats?.stop();
});
beforeEach(() => {
  logLines = [];
});

const requestOf = (operation: string, body?: unknown): ServiceRequest => ({
  operation,
  requestId: 'req-1',
  params: {},
  query: {},
  body,
});

test('a request is answered by its handler, and a rejection arrives as it is', async () => {
  await using service = serveRequests(server, {
    from: { service: 'auth' },
    handlers: {
      echo: async (request) => answer(200, request.body, { 'X-Spec': 'yes' }),
      no: () => refuse({ code: 'EMAIL_TAKEN', param: 'email' }),
    },
    logger,
  });
  await service.start();
  expect(await requester.request('req.auth.echo', requestOf('echo', { a: 1 }), 2_000)).toEqual({
    ok: true,
    status: 200,
    body: { a: 1 },
    headers: { 'X-Spec': 'yes' },
  });
  expect(await requester.request('req.auth.no', requestOf('no'), 2_000)).toEqual({
    ok: false,
    code: 'EMAIL_TAKEN',
    param: 'email',
  });
});

test('a defect in a handler is an internal error for the caller and a stack in the log', async () => {
  await using service = serveRequests(server, {
    from: { service: 'auth' },
    handlers: {
      broken: () => {
        throw new Error('a defect');
      },
    },
    logger,
  });
  await service.start();
  expect(await requester.request('req.auth.broken', requestOf('broken'), 2_000)).toEqual({
    ok: false,
    code: 'INTERNAL_ERROR',
  });
  expect(logLines).toContainEqual(
    expect.objectContaining({
      operation: 'broken',
      requestId: 'req-1',
      err: expect.objectContaining({ stack: expect.stringContaining('a defect') }),
    }),
  );
  const unknown = await requester.request('req.auth.x', requestOf('constructor'), 2_000);
  expect(unknown).toEqual({ ok: false, code: 'INTERNAL_ERROR' });
});

test('a service whose database is away is unavailable, not broken', async () => {
  await using service = serveRequests(server, {
    from: { service: 'auth' },
    handlers: { read: () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })) },
    logger,
  });
  await service.start();
  expect(await requester.request('req.auth.read', requestOf('read'), 2_000)).toEqual({
    ok: false,
    code: 'SERVICE_UNAVAILABLE',
  });
});

test('a service that is not there, or too slow, is unavailable', async () => {
  expect(await requester.request('req.auth.echo', requestOf('echo'), 5_000)).toEqual({
    ok: false,
    code: 'SERVICE_UNAVAILABLE',
  });
  const answered = Promise.withResolvers<void>();
  await using service = serveRequests(server, {
    from: { service: 'auth' },
    handlers: { slow: () => answered.promise.then(() => answer(200, null)) },
    logger,
  });
  await service.start();
  expect(await requester.request('req.auth.slow', requestOf('slow'), 50)).toEqual({
    ok: false,
    code: 'SERVICE_UNAVAILABLE',
  });
  answered.resolve();
  expect(requester.inFlight).toBe(0);
});

test('concurrency is bounded, and beyond the waiting room requests are refused at once', async () => {
  const release = Promise.withResolvers<void>();
  let running = 0;
  let highest = 0;
  await using service = serveRequests(server, {
    from: { service: 'auth' },
    handlers: {
      work: async () => {
        highest = Math.max(highest, ++running);
        await release.promise;
        running -= 1;
        return answer(200, null);
      },
    },
    maxConcurrent: 2,
    maxWaiting: 3,
    logger,
  });
  await service.start();
  const replies = Array.from({ length: 7 }, () => requester.request('req.auth.work', requestOf('work'), 10_000));
  const refused = await Promise.all(replies.slice(5));
  expect(refused).toEqual([1, 2].map(() => ({ ok: false, code: 'SERVICE_UNAVAILABLE' })));
  release.resolve();
  const done = await Promise.all(replies.slice(0, 5));
  expect(done.every((reply) => reply.ok)).toBe(true);
  expect(highest).toBe(2);
});

test('stopping finishes what has arrived, and takes nothing new', async () => {
  const release = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const service = serveRequests(server, {
    from: { subject: 'own.sandbox.7' },
    handlers: {
      work: async () => {
        entered.resolve();
        await release.promise;
        return answer(200, 'finished');
      },
    },
    logger: createSilentLogger(),
  });
  await service.start();
  const reply = requester.request('own.sandbox.7', requestOf('work'), 10_000);
  await entered.promise;
  const stopped = service.stop();
  await eventually(async () => {
    const late = await requester.request('own.sandbox.7', requestOf('work'), 1_000);
    expect(late).toEqual({ ok: false, code: 'SERVICE_UNAVAILABLE' });
  });
  release.resolve();
  await stopped;
  expect(await reply).toEqual({ ok: true, status: 200, body: 'finished' });
});

test('two instances share the requests of a service', async () => {
  const served = [0, 0];
  const instances = served.map((_, index) =>
    serveRequests(server, {
      from: { service: 'auth' },
      handlers: {
        count: () => {
          served[index]! += 1;
          return answer(200, index);
        },
      },
      logger,
    }),
  );
  await Promise.all(instances.map((instance) => instance.start()));
  await Promise.all(Array.from({ length: 100 }, () => requester.request('req.auth.count', requestOf('count'), 2_000)));
  await Promise.all(instances.map((instance) => instance.stop()));
  expect(served[0]! + served[1]!).toBe(100);
  expect(Math.min(...served)).toBeGreaterThan(0);
});

test('an expected reply resolves with the first answer, or with nothing in time', async () => {
  const expected = requester.expectReply(5_000);
  server.publish(expected.subject, 'done');
  expect((await expected.reply)?.string()).toBe('done');
  expect(await requester.expectReply(20).reply).toBeUndefined();
  const cancelled = requester.expectReply(60_000);
  cancelled.cancel();
  expect(await cancelled.reply).toBeUndefined();
  expect(requester.inFlight).toBe(0);
});
