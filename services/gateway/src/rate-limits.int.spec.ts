/** How often the API may be called, over HTTP, with counts in the process and in Redis. */
import { randomUUID } from 'node:crypto';
import { closeCodes } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { eventually, findFreePort } from '@wam/testkit';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Gateway } from './create-gateway.ts';
import { type Answer, type CallOptions, call } from './testing/call.ts';
import { connect } from './testing/feed-clients.ts';
import { type Harness, startHarness } from './testing/harness.ts';
import { redisBinary, startRedis } from './testing/redis.ts';

const documented = { RATE_LIMIT_GENERAL: '100/15m', RATE_LIMIT_AUTH: '5/15m', RATE_LIMIT_AUTH_FAILURES: '10/15m' };
const login = { email: 'User@Example.com', password: 'wrong password' };
const signed = {
  message: 'Login successful',
  token: 't',
  refreshToken: 'r',
  user: { userId: randomUUID(), email: 'a@b.c', username: 'a' },
};
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ COMMAND_WAIT_LIMIT: '100ms' });
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  harness.forgetScripts();
  harness.answers.set('listSessions', answer(200, { sessions: [], total: 0 }));
  harness.answers.set('login', refuse({ code: 'INVALID_CREDENTIALS' }));
});

const limitsOf = ({ headers }: Answer) => ({
  limit: Number(headers.get('x-ratelimit-limit')),
  remaining: Number(headers.get('x-ratelimit-remaining')),
});
const from = (address: string): CallOptions => ({ headers: { 'x-forwarded-for': address } });
const addressOf = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

describe('the general limit', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await harness.startGateway({ ...documented, RATE_LIMIT_PLANS: 'none', RATE_LIMIT_API_KEY: '200/1m' });
    return () => gateway.stop();
  });

  test('is counted per account, shown as documented, and says when to come back', async () => {
    const token = await harness.issuer.token(randomUUID());
    const ask = () => call(gateway.address, '/api/sessions', { token });
    const first = await ask();
    expect(limitsOf(first)).toEqual({ limit: 100, remaining: 99 });
    const resetInS = Number(first.headers.get('x-ratelimit-reset')) - Date.now() / 1000;
    expect(resetInS).toBeGreaterThan(800);
    expect(resetInS).toBeLessThanOrEqual(901);
    // A status every 2 s for 2 minutes is well within.
    for (let i = 0; i < 60; i++) expect((await ask()).status).toBe(200);
    for (let i = 0; i < 39; i++) await ask();
    const { status, body, headers, ...refused } = await ask();
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'RATE_LIMITED' });
    expect(limitsOf({ status, body, headers, ...refused })).toEqual({ limit: 100, remaining: 0 });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(800);
    expect(body.message).toMatch(/^Rate limit exceeded; try again in 1[45] minutes$/);
    const other = await harness.issuer.token(randomUUID());
    expect((await call(gateway.address, '/api/sessions', { token: other })).status).toBe(200);
  });

  test('is another one for API keys, each for itself', async () => {
    const tenant = randomUUID();
    const [one, two] = [harness.accounts.addKey(tenant), harness.accounts.addKey(tenant)];
    const ask = (token: string) => call(gateway.address, '/api/sessions', { token });
    await ask(one);
    expect(limitsOf(await ask(one))).toEqual({ limit: 200, remaining: 198 });
    expect(limitsOf(await ask(two))).toEqual({ limit: 200, remaining: 199 });
  });

  test('is on every answer, errors included', async () => {
    const token = await harness.issuer.token(randomUUID());
    const answers = [
      await call(gateway.address, '/api/sessions', { token }),
      await call(gateway.address, '/api/sessions', { token, body: '{"broken' }),
      await call(gateway.address, '/api/sessions', { token, body: { unknown: 1 } }),
      await call(gateway.address, `/api/sessions/${randomUUID()}/send`, {
        token,
        body: { to: '919876543210', message: 'x' },
      }),
      await call(gateway.address, '/api/sessions', { method: 'PATCH' }),
      await call(gateway.address, '/api/sessions'),
      await call(gateway.address, '/api/sessions', { token: 'forged' }),
      await call(gateway.address, '/api/nothing'),
      await call(gateway.address, '/api/sessions/%zz'),
      await call(gateway.address, '/api/login', { body: login }),
      await call(gateway.address, '/api/login', { body: {} }),
      await call(gateway.address, '/api/sessions', { token, method: 'HEAD' }),
    ];
    for (const each of answers) {
      expect(limitsOf(each).limit, each.body.code).toBeGreaterThan(0);
      expect(each.headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/);
      expect(each.headers.get('x-ratelimit-reset')).toMatch(/^\d{10}$/);
    }
  });

  test('of strangers does not keep others behind the same address from logging in', async () => {
    for (let i = 0; i < 100; i++) expect((await call(gateway.address, '/api/sessions')).status).toBe(401);
    expect((await call(gateway.address, '/api/sessions')).body.code).toBe('RATE_LIMITED');
    expect((await call(gateway.address, '/api/login', { body: login })).status).toBe(401);
  });

  test('counts a credential that a socket was refused for as one of a request, by the address of whoever is behind the proxy', async () => {
    const guarded = await harness.startGateway({ RATE_LIMIT_GENERAL: '3/15m', TRUST_PROXY: '1' });
    const bySocketIo = (transport: string) => async (token: string, headers: Record<string, string>) => {
      const options = { transports: [transport], extraHeaders: headers, reconnection: false, forceNew: true };
      const socket = io(guarded.address, { ...options, auth: { token } });
      const answered = new Promise<string>((resolve) => {
        socket.on('connect', () => resolve('welcome'));
        socket.on('connect_error', (error) => resolve((error as Error & { data: { code: string } }).data.code));
      });
      return answered.finally(() => socket.close());
    };
    const doors = {
      websocket: bySocketIo('websocket'),
      polling: bySocketIo('polling'),
      async plain(token: string, headers: Record<string, string>) {
        const client = connect(guarded.address, '/ws', { headers });
        client.socket.on('open', () => client.send({ type: 'auth', token }));
        const code = await client.closed;
        expect(code).toBe(
          (await client.frame('error')).code === 'RATE_LIMITED' ? closeCodes.tooMany : closeCodes.unauthorized,
        );
        return (await client.frame('error')).code as string;
      },
      async request(token: string, headers: Record<string, string>) {
        return (await call(guarded.address, '/api/sessions', { token, headers })).body.code as string;
      },
    };
    const valid = await harness.issuer.token(randomUUID());
    for (const [index, guess] of Object.values(doors).entries()) {
      const { headers } = from(addressOf(5_000 + index)) as { headers: Record<string, string> };
      const answers = [];
      for (let n = 0; n < 4; n++) answers.push(await guess(`forged ${n}`, headers));
      expect(answers).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED', 'UNAUTHORIZED', 'RATE_LIMITED']);
      // One count for all doors, and none of it against whoever has a credential.
      for (const other of Object.values(doors)) expect(await other('forged', headers)).toBe('RATE_LIMITED');
      expect(await doors.websocket(valid, headers)).toBe('welcome');
    }
    await guarded.stop();
  });

  test('is raised for the plans that have a better one', async () => {
    const raised = await harness.startGateway({ ...documented, RATE_LIMIT_PLANS: 'growth=1000/15m,business=1/1h' });
    const limitOf = async (plan: 'starter' | 'growth' | 'business') => {
      const tenant = randomUUID();
      harness.accounts.set(tenant, { plan });
      return limitsOf(await call(raised.address, '/api/sessions', { token: await harness.issuer.token(tenant) })).limit;
    };
    expect([await limitOf('starter'), await limitOf('growth'), await limitOf('business')]).toEqual([100, 1000, 100]);
    await raised.stop();
  });
});

describe('logging in', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await harness.startGateway({ ...documented, RATE_LIMIT_GENERAL: '100000/15m', TRUST_PROXY: '1' });
    return () => gateway.stop();
  });
  const tryLogin = (address: string, email = login.email) =>
    call(gateway.address, '/api/login', { body: { ...login, email }, ...from(address) });

  test('is tried five times for one account from one address; others in the office go on', async () => {
    for (let i = 0; i < 5; i++) expect(limitsOf(await tryLogin('10.0.0.1'))).toEqual({ limit: 5, remaining: 4 - i });
    const refused = await tryLogin('10.0.0.1', ' USER@example.COM');
    expect(refused.body.code).toBe('RATE_LIMITED');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800);
    expect((await tryLogin('10.0.0.1', 'colleague@example.com')).status).toBe(401);
  });

  test('10,000 guesses on one account from as many addresses come to ten passwords', async () => {
    const statuses = new Map<number, number>();
    let next = 0;
    const guess = async () => {
      while (next < 10_000) {
        const { status } = await tryLogin(addressOf(next++));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 32 }, guess));
    expect(Object.fromEntries(statuses)).toEqual({ 401: 10, 429: 9_990 });
    expect(harness.requests.filter(({ operation }) => operation === 'login')).toHaveLength(10);
    // Ten thousand requests took longer than the usual 30 s where thirty processes shared two cores.
  }, 120_000);

  test('from where the owner has logged in before works while strangers guess', async () => {
    harness.answers.set('login', ({ body }) =>
      (body as typeof login).password === 'right' ? answer(200, signed) : refuse({ code: 'INVALID_CREDENTIALS' }),
    );
    const owner = () =>
      call(gateway.address, '/api/login', { body: { ...login, password: 'right' }, ...from('192.0.2.1') });
    expect((await owner()).status).toBe(200);
    for (let i = 0; i < 11; i++) await tryLogin(addressOf(i));
    expect((await tryLogin(addressOf(99))).status).toBe(429);
    expect((await owner()).status).toBe(200);
  });

  test('with the right password, or while auth is away, is no failure', async () => {
    for (const reply of [answer(200, signed), refuse({ code: 'SERVICE_UNAVAILABLE' })]) {
      harness.answers.set('login', reply);
      for (let i = 0; i < 20; i++) await tryLogin(addressOf(1_000 + i));
    }
    harness.answers.set('login', refuse({ code: 'INVALID_CREDENTIALS' }));
    expect((await tryLogin(addressOf(2_000))).status).toBe(401);
  });

  test('to an account that does not exist is refused in the same words at the same count', async () => {
    const words = async (email: string, offset: number) => {
      const answers = [];
      for (let i = 0; i < 12; i++) {
        const { status, body } = await tryLogin(addressOf(offset + i), email);
        answers.push({ status, code: body.code, message: body.message });
      }
      return answers;
    };
    expect(await words('nobody@example.com', 5_000)).toEqual(await words('somebody@example.com', 6_000));
  });

  test('without a trusted proxy nobody can pretend to be elsewhere', async () => {
    const direct = await harness.startGateway(documented);
    const statuses = [];
    for (let i = 0; i < 6; i++)
      statuses.push((await call(direct.address, '/api/login', { body: login, ...from(addressOf(i)) })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    await direct.stop();
  });
});

describe('Redis', () => {
  /** It answers, be the machine as busy as it may. */
  const together = { ...documented, RATE_LIMIT_PLANS: 'none', REDIS_TIMEOUT: '2s' };
  /** One account asks every gateway; each finds what the one before has left. */
  async function expectOneCount(gateways: readonly { address: string }[]): Promise<void> {
    const token = await harness.issuer.token(randomUUID());
    const remaining = [];
    for (const { address } of gateways)
      remaining.push(limitsOf(await call(address, '/api/sessions', { token })).remaining);
    expect(remaining).toEqual(gateways.map((_, index) => 99 - index));
  }

  test.skipIf(redisBinary() === undefined)('counts for all gateways together', async () => {
    await using redis = await startRedis();
    const env = { ...together, REDIS_URL: redis.url };
    const gateways = [await harness.startGateway(env), await harness.startGateway(env)];
    await eventually(() => expectOneCount(gateways));
    const token = await harness.issuer.token(randomUUID());
    const remaining = [];
    for (let i = 0; i < 6; i++)
      remaining.push(limitsOf(await call(gateways[i % 2]!.address, '/api/sessions', { token })).remaining);
    expect(remaining).toEqual([99, 98, 97, 96, 95, 94]);
    for (const gateway of gateways) await gateway.stop();
  });

  test.skipIf(redisBinary() === undefined)(
    'that was away counts for all of them again, under traffic too',
    async () => {
      await using redis = await startRedis();
      const env = { ...together, REDIS_TIMEOUT: '100ms', REDIS_URL: redis.url };
      const gateways = [await harness.startGateway(env), await harness.startGateway(env)];
      await eventually(() => expectOneCount(gateways));
      redis.hang();
      await eventually(() => expect(expectOneCount(gateways)).rejects.toThrow());
      redis.goOn();
      await eventually(() => expectOneCount(gateways));
      for (const gateway of gateways) await gateway.stop();
    },
  );

  test.skipIf(redisBinary() === undefined)('that dies, or hangs, fails no request', async () => {
    await using redis = await startRedis();
    const gateway = await harness.startGateway({ ...documented, REDIS_URL: redis.url });
    const token = await harness.issuer.token(randomUUID());
    const ask = async () => (await call(gateway.address, '/api/sessions', { token })).status;
    expect(await ask()).toBe(200);
    redis.hang();
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([200, 200, 200]);
    redis.goOn();
    await redis.kill();
    for (let i = 0; i < 5; i++) expect(await ask()).toBe(200);
    await gateway.stop();
  });

  test('that was never there fails no request, and limits hold all the same', async () => {
    const url = `redis://127.0.0.1:${await findFreePort()}`;
    const gateway = await harness.startGateway({ ...documented, REDIS_URL: url });
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await call(gateway.address, '/api/login', { body: login })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    await gateway.stop();
  });
});
