/** What becomes of a connection on which something went wrong. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type EntitlementsReply, internalRequests } from '@wam/contracts';
import { createSilentLogger, type Logger } from '@wam/service-kit';
import { answer, refuse } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from './testing/call.ts';
import { type Harness, startHarness } from './testing/harness.ts';
import { entitlementsOf } from './testing/test-accounts.ts';

let harness: Harness;
let token: string;
beforeAll(async () => {
  harness = await startHarness({ FEED_CONNECTIONS_DEFAULT: '1', FEED_CONNECTIONS_PLANS: 'none' });
  token = await harness.issuer.token(randomUUID());
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});

const portOf = (address: string): number => Number(new URL(address).port);
const head = (line: string, ...headers: string[]): string =>
  [line, 'Host: x', `Authorization: Bearer ${token}`, ...headers, '', ''].join('\r\n');

/** A connection of which every byte is the spec's own. */
function open(address = harness.gateway.address): { socket: Socket; received: () => string; closed: Promise<unknown> } {
  const socket = connect(portOf(address), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => undefined);
  return { socket, received: () => received, closed: once(socket, 'close') };
}

describe('a file that is refused', () => {
  const path = '/api/campaigns/cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X/recipients';
  /** More than sockets and pipes between the two hold. */
  const file = Buffer.alloc(16 * 1024 * 1024, 'a');

  test.each(['before it is read', 'in the middle'])(
    '%s is answered, and its connection goes on with the next request',
    async (when) => {
      const refusal = refuse({ code: 'VALIDATION_FAILED', message: 'no such column' });
      const begun = answer(200, { subject: 'req.dispatcher.uploadRecipients' });
      harness.answers.set('uploadRecipients', ({ body }) =>
        when === 'in the middle' && 'contentType' in (body as object) ? begun : refusal,
      );
      harness.answers.set('listSessions', answer(200, { sessions: [], total: 0 }));
      using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
        [Symbol.dispose]: () => agent.destroy(),
      });
      type Asked = { path: string; method?: string; headers?: OutgoingHttpHeaders };
      const ask = async ({ path: to, method = 'GET', headers = {} }: Asked, body?: Buffer) => {
        const authorized = { authorization: `Bearer ${token}`, ...headers };
        const asked = request(harness.gateway.address + to, { method, agent, headers: authorized });
        asked.on('error', () => undefined).end(body);
        const [response] = (await once(asked, 'response')) as [IncomingMessage];
        await text(response);
        return { status: response.statusCode, on: asked.socket };
      };
      const upload = { path, method: 'POST', headers: { 'content-type': 'text/csv', 'content-length': file.length } };
      const first = await ask(upload, file);
      const second = await ask(upload, file);
      const third = await ask({ path: '/api/sessions' });
      expect([first.status, second.status, third.status]).toEqual([400, 400, 200]);
      expect(new Set([first.on, second.on, third.on]).size).toBe(1);
    },
  );
});

describe('a request that cannot be read', () => {
  test.each([
    ['has headers that are too large', `GET /livez HTTP/1.1\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['is no HTTP', 'no request\r\n\r\n', 400],
  ])('is answered on a connection in use, too: one that %s', async (_title, broken, status) => {
    const { socket, received, closed } = open();
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(received()).toContain('{"live":true}'));
    socket.write(broken);
    await closed;
    expect(received()).toMatch(new RegExp(`\\{"live":true\\}HTTP/1.1 ${status} `));
  });

  test('is told that compressed bodies are not taken', async () => {
    const sessionId = harness.addSession(randomUUID());
    for (const path of [`/api/sessions/${sessionId}/send`, '/api/suppressions/import']) {
      const response = await fetch(harness.gateway.address + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: gzipSync('{"to":"919876543210","message":"Hello"}'),
      });
      expect(response.headers.get('accept-encoding')).toBe('identity');
      expect([response.status, await response.json()]).toMatchObject([
        415,
        { code: 'UNSUPPORTED_MEDIA_TYPE', message: expect.stringContaining('Content-Encoding') },
      ]);
    }
  });
});

describe('a client that goes away', () => {
  test('while it sends is no error of the platform', async () => {
    const failures: unknown[][] = [];
    const note = (...told: unknown[]): void => void failures.push(told);
    const logger: Logger = Object.assign(createSilentLogger(), { error: note, warn: note });
    const gateway = await harness.startGateway({}, { logger });
    failures.length = 0;
    const aborted = Promise.withResolvers<void>();
    harness.answers.set('importSuppressions', ({ body }) => {
      if ('abort' in (body as object)) aborted.resolve();
      return answer(200, { subject: 'req.dispatcher.importSuppressions' });
    });
    for (const [path, type] of [
      [`/api/sessions/${randomUUID()}/send`, 'application/json'],
      ['/api/suppressions/import', 'text/csv'],
    ]) {
      const { socket, closed } = open(gateway.address);
      socket.write(`${head(`POST ${path} HTTP/1.1`, `Content-Type: ${type}`, 'Content-Length: 100')}{"to":`);
      // Whoever is answered after the first bytes were sent knows that they have arrived.
      await call(gateway.address, '/livez');
      socket.resetAndDestroy();
      await closed;
    }
    await aborted.promise;
    await gateway.stop();
    expect(failures).toEqual([]);
  });

  test('before its stream of events begins leaves no connection behind', async () => {
    const tenant = randomUUID();
    token = await harness.issuer.token(tenant);
    const asked = Promise.withResolvers<void>();
    const known = Promise.withResolvers<EntitlementsReply>();
    harness.answers.set(internalRequests.entitlements, async () => {
      asked.resolve();
      return answer(200, await known.promise);
    });
    const { socket, closed } = open();
    socket.write(head('GET /api/events HTTP/1.1', 'Accept: text/event-stream'));
    await asked.promise;
    socket.resetAndDestroy();
    await closed;
    await call(harness.gateway.address, '/livez');
    known.resolve(entitlementsOf('enterprise'));
    await eventually(async () => {
      using ending = new AbortStream();
      const { status } = await fetch(`${harness.gateway.address}/api/events`, {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
        signal: ending.signal,
      });
      expect(status).toBe(200);
    });
  });
});

class AbortStream extends AbortController implements Disposable {
  [Symbol.dispose](): void {
    this.abort();
  }
}

test('the head of a stream of events is that of a page, which ends', async () => {
  const response = await fetch(`${harness.gateway.address}/api/events`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
});
