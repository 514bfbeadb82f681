/** Forged and broken tokens over HTTP, in every place where a token may come. */
import { randomUUID } from 'node:crypto';
import { createConnection } from 'node:net';
import { internalRequests } from '@wam/contracts';
import { answer } from '@wam/service-kit/nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../testing/call.ts';
import { forgedTokens } from '../testing/forged-tokens.ts';
import { type Harness, startHarness } from '../testing/harness.ts';

const tenant = randomUUID();
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  harness.answers.set('listSessions', answer(200, { sessions: [], total: 0 }));
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
const unauthorized = {
  status: 401,
  challenge: 'Bearer',
  body: { error: 'Unauthorized', message: expect.any(String), code: 'UNAUTHORIZED', docUrl: expect.any(String) },
};
const listSessions = async (headers: Record<string, string>) => {
  const { status, headers: answered, body } = await call(harness.gateway.address, '/api/sessions', { headers });
  const { requestId: _, ...rest } = body;
  return { status, challenge: answered.get('www-authenticate'), body: rest };
};

test('every one of them is refused with 401, in the words of no token at all, and nothing gets past the gateway', async () => {
  const none = await listSessions({});
  expect(none).toEqual(unauthorized);
  const tokens = forgedTokens(harness.issuer, tenant);
  expect(tokens.length).toBeGreaterThanOrEqual(18);
  for (const [title, make] of tokens) {
    const token = await make();
    // Longer ones do not get through as a header of `fetch`: see below.
    if (token.length > 10_000) continue;
    for (const headers of [{ authorization: `Bearer ${token}` }, { authorization: token }, { 'x-api-key': token }])
      expect(await listSessions(headers), title).toEqual(none);
  }
  // Beyond the keys of tokens that name unknown ones, nobody was asked anything.
  expect(harness.requests.filter(({ operation }) => operation !== internalRequests.jwks)).toEqual([]);
  expect((await listSessions({ authorization: `Bearer ${await harness.issuer.token(tenant)}` })).status).toBe(200);
});

test.each([
  ['authorization', 'Bearer ', 20_000],
  ['authorization', 'Bearer ', 1_048_576],
  ['Authorization', 'Bearer ', 1_048_576],
  ['x-api-key', 'wa_live_', 1_048_576],
])('a token in %s (%s…) of %i characters is refused with 401 too', async (name, prefix, length) => {
  const { hostname, port } = new URL(harness.gateway.address);
  const socket = createConnection(Number(port), hostname);
  const { promise, resolve } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined);
  socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  socket.end(`GET /api/sessions HTTP/1.1\r\nHost: x\r\n${name}: ${prefix}${'a'.repeat(length)}\r\n\r\n`);
  const [head = '', json = ''] = (await promise).split('\r\n\r\n');
  const { requestId, ...body } = JSON.parse(json);
  expect(head).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
  expect(head).toContain('WWW-Authenticate: Bearer');
  expect(head).toContain(requestId);
  expect(body).toEqual(unauthorized.body);
});
