import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gateway } from './create-gateway.ts';
import { call } from './testing/call.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
let gateway: Gateway;
let token: string;
const origin = 'https://app.example.com';
const stranger = 'https://evil.example.com';

beforeAll(async () => {
  harness = await startHarness();
  gateway = await harness.startGateway({ ALLOWED_ORIGINS: origin, RATE_LIMIT_GENERAL: '3/1h' });
  token = await harness.issuer.token(randomUUID());
});
afterAll(() => harness?.[Symbol.asyncDispose]());

const preflight = (at: Gateway, path: string, method: string, from: string) =>
  call(at.address, path, {
    method: 'OPTIONS',
    headers: {
      origin: from,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,idempotency-key',
    },
  });
const get = (at: Gateway, path: string, headers: Record<string, string>) => call(at.address, path, { headers });

test('a browser that asks before a request of an allowed page is told yes, without a token and as often as it asks', async () => {
  for (let index = 0; index < 10; index++) {
    const { status, headers } = await preflight(gateway, '/api/sessions/x/send', 'POST', origin);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    expect(headers.get('access-control-allow-headers')).toBe('authorization,idempotency-key');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toBe('Origin, Access-Control-Request-Headers');
  }
  const { headers } = await get(gateway, '/api/nothing', {});
  expect(headers.get('x-ratelimit-remaining')).toBe('2');
});

test('an allowed page may read every answer, of whatever status, and the headers a program goes by', async () => {
  const authorization = `Bearer ${token}`;
  const answers = [
    await get(gateway, '/api/events?after=latest', { origin, authorization }),
    await get(gateway, '/api/events?limit=many', { origin, authorization }),
    await get(gateway, '/api/events', { origin }),
    await get(gateway, '/api/unknown', { origin, authorization }),
    await get(gateway, '/api/unknown', { origin, authorization }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 401, 404, 429]);
  for (const { headers } of answers) {
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('vary')).toBe('Origin');
    const exposed = headers.get('access-control-expose-headers')!.toLowerCase().split(', ');
    for (const name of ['x-request-id', 'x-ratelimit-remaining']) {
      expect(headers.get(name)).not.toBeNull();
      expect(exposed).toContain(name);
    }
    expect(exposed).toEqual(expect.arrayContaining(['retry-after', 'idempotent-replayed']));
  }
});

test('an allowed page may read the stream of events', async () => {
  const ending = new AbortController();
  const response = await fetch(`${gateway.address}/api/events`, {
    headers: { origin, authorization: `Bearer ${token}`, accept: 'text/event-stream' },
    signal: ending.signal,
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('access-control-allow-origin')).toBe(origin);
  ending.abort();
});

test('a page that is not allowed is told nothing, and neither is any page where nothing is set', async () => {
  const [listing, silent] = await Promise.all([
    harness.startGateway({ ALLOWED_ORIGINS: origin }),
    harness.startGateway({ WAM_MODE: 'production', HOST: '127.0.0.1' }),
  ]);
  const answers = [
    await preflight(listing, '/api/sessions', 'GET', stranger),
    await get(listing, '/api/sessions', { origin: stranger }),
    await preflight(silent, '/api/sessions', 'GET', origin),
    await get(silent, '/api/sessions', { origin }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([405, 401, 405, 401]);
  for (const { headers } of answers) {
    expect(headers.get('vary')).toBe('Origin');
    for (const name of headers.keys()) expect(name).not.toMatch(/^access-control-/);
  }
});
