/** The gateway and auth together, on a real NATS and Postgres: what a client of the documentation sees of accounts. */
import { randomBytes } from 'node:crypto';
import { createAuth, loadAuthConfig } from '@wam/auth';
import { createGateway, type Gateway, loadGatewayConfig } from '@wam/gateway';
import { createSilentLogger, type Service } from '@wam/service-kit';
import { connectNats, ensureStreams } from '@wam/service-kit/nats';
import { createTestDatabase, eventually, startTestNats, type TestDatabase, type TestNats } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let nats: TestNats;
let database: TestDatabase;
let auth: Service;
let gateway: Gateway;
beforeAll(async () => {
  [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  // As `wam prepare` does before anything is started.
  const nc = await connectNats({ url: nats.url, name: 'spec' });
  await ensureStreams(nc);
  await nc.close();
  const env = {
    PORT: '0',
    PUBLISH_TIMEOUT: '200ms',
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    WAM_KEK: randomBytes(32).toString('base64'),
  };
  const deps = { logger: createSilentLogger() };
  gateway = createGateway(loadGatewayConfig(env), deps);
  auth = createAuth(loadAuthConfig(env), deps);
  // In this order on purpose: a gateway must not need auth to start, only to be ready.
  await gateway.start();
  expect(gateway.health()).toEqual({ ready: false, detail: 'no signing keys from auth yet' });
  await auth.start();
  await eventually(() => expect(gateway.health().ready).toBe(true));
});
afterAll(async () => {
  await gateway?.stop();
  await auth?.stop();
  await database?.drop();
  await nats?.stop();
});

async function post(path: string, body: unknown, token?: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(gateway.address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
const john = { email: 'user@example.com', password: 'securepassword123' };

test('registering and logging in answer as the documentation shows, and the token opens the API', async () => {
  const user = { userId: expect.stringMatching(/^[0-9a-f-]{36}$/), email: 'user@example.com', username: 'johndoe' };
  const registered = await post('/api/register', { ...john, username: 'johndoe' });
  expect(registered).toMatchObject({
    status: 201,
    body: { message: 'User registered successfully', token: expect.any(String), user },
  });
  const loggedIn = await post('/api/login', john);
  expect(loggedIn).toMatchObject({
    status: 200,
    body: { message: 'Login successful', token: expect.any(String), user },
  });
  const { token } = loggedIn.body as { token: string };
  // Nobody answers for sessions in this suite: what matters is that the gate is open.
  expect((await post('/api/sessions', { name: 'x' }, token)).status).not.toBe(401);
  expect((await post('/api/sessions', { name: 'x' }, `${token}x`)).status).toBe(401);
});

test('an e-mail is taken once, and a wrong password reads like an unknown account', async () => {
  await post('/api/register', john);
  expect(await post('/api/register', { ...john, email: 'USER@EXAMPLE.COM' })).toMatchObject({
    status: 409,
    body: { code: 'EMAIL_TAKEN', param: 'email' },
  });
  const [wrong, unknown] = await Promise.all([
    post('/api/login', { ...john, password: 'securepassword124' }),
    post('/api/login', { ...john, email: 'nobody@example.com' }),
  ]);
  const withoutId = ({ status, body }: typeof wrong) => ({ status, ...(body as object), requestId: undefined });
  expect(withoutId(wrong!)).toEqual(withoutId(unknown!));
  expect(wrong).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
});

test('an e-mail with spaces around it is the one without, at register and login alike', async () => {
  const jane = { ...john, email: 'jane@example.com' };
  const typed = { ...jane, email: ' \tJane@Example.com \n' };
  expect(await post('/api/register', typed)).toMatchObject({ status: 201, body: { user: { email: jane.email } } });
  expect(await post('/api/register', jane)).toMatchObject({ status: 409, body: { code: 'EMAIL_TAKEN' } });
  for (const known of [typed, jane])
    expect(await post('/api/login', known)).toMatchObject({ status: 200, body: { user: { email: jane.email } } });
  for (const email of ['jane @example.com', 'jane@example.com\u0000', '  ', '@example.com'])
    expect(await post('/api/register', { ...jane, email })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', param: 'email' },
    });
});
