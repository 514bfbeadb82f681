import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '@wam/service-kit';
import { answer } from '@wam/service-kit/nats';
import { eventually, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from './testing/call.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
const get = (path: string, headers: Record<string, string> = {}) => call(harness.gateway.address, path, { headers });

describe('tokens over HTTP', () => {
  test('a missing, a forged and an oversize token get the same answer', async () => {
    const forged = `${(await harness.issuer.token(randomUUID())).slice(0, -4)}AAAA`;
    const answers = await Promise.all(
      [undefined, `Bearer ${forged}`, `Bearer ${'a'.repeat(12_000)}`].map(async (authorization) => {
        const { status, body, headers } = await get('/api/sessions', authorization ? { authorization } : {});
        const { requestId: _, ...rest } = body;
        return { status, challenge: headers.get('www-authenticate'), ...rest };
      }),
    );
    expect(answers[0]).toMatchObject({ status: 401, code: 'UNAUTHORIZED', challenge: 'Bearer' });
    expect(answers).toEqual([answers[0], answers[0], answers[0]]);
  });

  test('the token is checked before the body is read', async () => {
    const { status } = await call(harness.gateway.address, '/api/whatsapp/bulk-send', { body: '{"broken' });
    expect(status).toBe(401);
  });

  test('a token under a key that auth has just made is good at once', async () => {
    harness.answers.set('listSessions', answer(200, { sessions: [], total: 0 }));
    let aheadMs = 0;
    const clock = { ...systemClock, monotonicMs: () => performance.now() + aheadMs };
    const gateway = await harness.startGateway({}, { clock });
    await harness.issuer.rotate();
    // The pause between two fetches of keys.
    aheadMs = 10_000;
    const token = await harness.issuer.token(randomUUID());
    expect((await call(gateway.address, '/api/sessions', { token })).status).toBe(200);
    await gateway.stop();
  });
});

describe('what is open to everyone', () => {
  test.each(['/openapi.json', '/asyncapi.json'])('%s is served', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(200);
    expect(body.openapi ?? body.asyncapi).toMatch(/^3\./);
  });

  test('the Postman collection is for this gateway', async () => {
    const { body } = await get('/postman.json');
    expect(body.variable).toContainEqual({
      key: 'baseUrl',
      value: harness.gateway.address,
    });
  });

  test('each error code has a page, under a strict policy', async () => {
    for (const path of ['/docs/errors', '/docs/errors/NOT_ON_WHATSAPP']) {
      const { status, body, headers } = await get(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; img-src 'self'; style-src 'sha256-/);
      expect(body).toContain('NOT_ON_WHATSAPP');
    }
    expect((await get('/docs/errors/NO_SUCH_CODE')).body).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  });

  test('the API reference and its scripts are served from here, under a policy that allows nothing else', async () => {
    const page = await get('/docs');
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    for (const [, source] of String(page.body).matchAll(/src="([^"]+)"/g)) {
      const { status, headers } = await get(`/${source}`);
      expect(status, source).toBe(200);
      expect(headers.get('content-type'), source).toBe('text/javascript; charset=utf-8');
    }
  });

  test('every answer has a request id and tells browsers to keep their hands off', async () => {
    for (const path of ['/livez', '/api/nothing', '/api/sessions/%zz']) {
      const { headers } = await get(path);
      expect(headers.get('x-request-id')).toMatch(/^req_[0-9A-Z]{26}$/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect((await get('/livez', { 'x-request-id': 'mine' })).headers.get('x-request-id')).toBe('mine');
  });
});

describe('the page at /', () => {
  test('files of the folder are served, with a policy that allows only them, and nothing else is', async () => {
    await using folder = await temporaryDirectory('wam-static-');
    await mkdir(join(folder.path, 'public', 'sub'), { recursive: true });
    await writeFile(join(folder.path, 'secret.txt'), 'secret');
    await writeFile(join(folder.path, 'public', 'index.html'), '<h1>hello</h1>');
    await writeFile(join(folder.path, 'public', 'sub', 'app.js'), 'export {};');
    await writeFile(join(folder.path, 'public', 'run.sh'), 'echo');
    const gateway = await harness.startGateway({}, { staticDir: join(folder.path, 'public') });
    const at = (path: string, headers = {}) => call(gateway.address, path, { headers });
    const page = await at('/');
    expect({ status: page.status, body: page.body }).toEqual({ status: 200, body: '<h1>hello</h1>' });
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect((await at('/', { 'if-none-match': page.headers.get('etag')! })).status).toBe(304);
    expect((await at('/sub/app.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    for (const path of ['/run.sh', '/..%2fsecret.txt', '/sub/..%2f..%2fsecret.txt', '/%2e%2e/secret.txt'])
      expect((await at(path)).body.code).toMatch(/ROUTE_NOT_FOUND|BAD_REQUEST/);
    await gateway.stop();
  });

  test('without a folder there is no page', async () => {
    expect((await get('/')).body.code).toBe('ROUTE_NOT_FOUND');
  });
});

describe('health', () => {
  test('it is alive at once, and ready when auth has given its keys', async () => {
    expect((await get('/livez')).body).toEqual({ live: true });
    expect((await get('/readyz')).body).toEqual({ ready: true, checks: { gateway: { ready: true } } });
  });

  test('it is not ready while the bus is away, answers 503, and recovers by itself', async () => {
    const token = await harness.issuer.token(randomUUID());
    const gateway = await harness.startGateway({ PUBLISH_TIMEOUT: '200ms' });
    await harness.nats.kill();
    await eventually(async () => expect((await call(gateway.address, '/readyz')).status).toBe(503));
    const { status, body, headers } = await call(gateway.address, '/api/sessions', { token, body: {} });
    expect(status).toBe(503);
    // Without its keys or the bus: either way unavailable.
    expect({ code: body.code, retryAfter: headers.get('retry-after') }).toEqual({
      code: 'SERVICE_UNAVAILABLE',
      retryAfter: '1',
    });
    await harness.nats.restart();
    await eventually(async () => expect((await call(gateway.address, '/readyz')).status).toBe(200), {
      timeoutMs: 25_000,
    });
    await gateway.stop();
  });

  test('stopping takes no new connections and finishes requests under way', async () => {
    const gateway = await harness.startGateway();
    const token = await harness.issuer.token(randomUUID());
    const arrived = Promise.withResolvers<void>();
    harness.answers.set('listSessions', () => {
      arrived.resolve();
      return answer(200, { sessions: [], total: 0 });
    });
    const underWay = call(gateway.address, '/api/sessions', { token });
    await arrived.promise;
    const { address } = gateway;
    const stopped = gateway.stop();
    const { status, headers } = await underWay;
    // The connection ends with the answer, and the client is told so: its next request would find it closed.
    expect([status, headers.get('connection')]).toEqual([200, 'close']);
    await stopped;
    const refused = Promise.withResolvers<unknown>();
    connect(Number(new URL(address).port), '127.0.0.1').on('error', refused.resolve);
    expect(await refused.promise).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a request that turns out to be broken while the gateway stops is still answered', async () => {
    const gateway = await harness.startGateway();
    const port = Number(new URL(gateway.address).port);
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    const closed = once(socket, 'close');
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n');
    // Whoever is answered after the first bytes were sent knows that they have arrived.
    await call(gateway.address, '/livez');
    const stopped = gateway.stop();
    await eventually(() => expect(() => gateway.address).toThrow());
    socket.write('no header\r\n\r\n');
    await closed;
    await stopped;
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('a command that is still waited for when the grace is over is answered as accepted', async () => {
    const gateway = await harness.startGateway({ SHUTDOWN_GRACE: '50ms' });
    const tenant = randomUUID();
    const sessionId = harness.addSession(tenant);
    const token = await harness.issuer.token(tenant);
    const underWay = call(gateway.address, `/api/sessions/${sessionId}/send`, {
      token,
      body: { to: '919876543210', message: 'Hello' },
    });
    await eventually(() => expect(harness.commands.map((command) => command.tenant)).toContain(tenant));
    await gateway.stop();
    expect((await underWay).status).toBe(202);
  });
});
