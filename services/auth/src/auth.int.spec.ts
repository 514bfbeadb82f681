import { randomBytes } from 'node:crypto';
import {
  type AccountEvent,
  type JwksReply,
  operations,
  type ServiceReply,
  type ServiceRequest,
  streams,
  subjects,
} from '@wam/contracts';
import { createSilentLogger, type Service } from '@wam/service-kit';
import {
  connectNats,
  createRequester,
  ensureStreams,
  type NatsConnection,
  type Requester,
  readSubject,
} from '@wam/service-kit/nats';
import { createDatabase, type Kysely } from '@wam/service-kit/postgres';
import { createTestDatabase, eventually, startTestNats, type TestDatabase, type TestNats } from '@wam/testkit';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthConfig, createAuth, loadAuthConfig } from './index.ts';
import type { AuthTables } from './storage/schema.ts';

let nats: TestNats;
let database: TestDatabase;
let nc: NatsConnection;
let requester: Requester;
let config: AuthConfig;
let auth: Service;
let db: Kysely<AuthTables>;

beforeAll(async () => {
  [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  nc = await connectNats({ url: nats.url, name: 'spec' });
  requester = createRequester(nc);
  config = loadAuthConfig({
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    WAM_KEK: randomBytes(32).toString('base64'),
    OUTBOX_SWEEP_INTERVAL: '100ms',
  });
  db = createDatabase({ url: database.url, schema: 'auth', applicationName: 'spec' });
  auth = createAuth(config, { logger: createSilentLogger() });
  await auth.start();
});
afterAll(async () => {
  await auth?.stop();
  await db?.destroy();
  await nc?.close();
  await nats?.stop();
  await database?.drop();
});

const ask = (operation: string, body?: unknown, service = 'auth' as const): Promise<ServiceReply> =>
  requester.request(
    subjects.request(service, operation),
    { operation, requestId: 'req_spec', params: {}, query: {}, body } satisfies ServiceRequest,
    10_000,
  );
interface Signed {
  message: string;
  token: string;
  user: { userId: string; email: string; username: string };
}
async function signedBy(operation: 'register' | 'login', body: unknown): Promise<Signed> {
  const reply = await ask(operation, body);
  if (!reply.ok) throw new Error(`${operation}: ${reply.code}`);
  return reply.body as Signed;
}
async function keys(): Promise<JwksReply> {
  const reply = await ask('jwks');
  if (!reply.ok) throw new Error(reply.code);
  return reply.body as JwksReply;
}

test('registering answers as documented, and so does logging in with any spelling of the e-mail', async () => {
  const registered = await ask('register', operations.register.example.body);
  expect(registered).toMatchObject({
    ok: true,
    status: 201,
    body: {
      message: 'User registered successfully',
      token: expect.any(String),
      user: { userId: expect.any(String), email: 'user@example.com', username: 'johndoe' },
    },
  });
  const loggedIn = await ask('login', { email: ' USER@example.com', password: 'securepassword123' });
  expect(loggedIn).toMatchObject({
    ok: true,
    status: 200,
    body: { message: 'Login successful', user: (registered as unknown as { body: Signed }).body.user },
  });
});

test('an e-mail can be registered once, whatever its case', async () => {
  const racers = await Promise.all(
    ['race@example.com', 'Race@example.com', 'RACE@EXAMPLE.COM'].map((email) =>
      ask('register', { email, password: 'securepassword123' }),
    ),
  );
  expect(racers.filter((reply) => reply.ok)).toHaveLength(1);
  for (const reply of racers) if (!reply.ok) expect(reply.code).toBe('EMAIL_TAKEN');
});

test('a wrong password and an unknown e-mail get the same answer', async () => {
  await ask('register', { email: 'known@example.com', password: 'securepassword123' });
  const wrong = await ask('login', { email: 'known@example.com', password: 'securepassword124' });
  const unknown = await ask('login', { email: 'nobody@example.com', password: 'securepassword123' });
  expect(wrong).toEqual({ ok: false, code: 'INVALID_CREDENTIALS' });
  expect(unknown).toEqual(wrong);
});

test('the token verifies against the published keys and says who and which plan', async () => {
  const { token, user } = await signedBy('register', { email: 'claims@example.com', password: 'securepassword123' });
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(await keys()), {
    algorithms: ['EdDSA'],
    issuer: 'wamessenger',
    audience: 'wamessenger-api',
    typ: 'at+jwt',
  });
  expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt', kid: expect.any(String) });
  expect(payload).toMatchObject({ sub: user.userId, email: 'claims@example.com', plan: 'trial' });
  expect(payload.exp! - payload.iat!).toBe(24 * 60 * 60);
});

test('only public halves of keys are published, and none is stored in the clear', async () => {
  for (const key of (await keys()).keys)
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  const rows = await db.selectFrom('signing_key').select('sealed_private_jwk').execute();
  for (const { sealed_private_jwk } of rows) expect(sealed_private_jwk.toString('latin1')).not.toContain('"d"');
});

test('many processes starting on an empty database agree on one signing key', async () => {
  await using empty = await createTestDatabase();
  const url = loadAuthConfig({
    NATS_URL: nats.url,
    DATABASE_URL: empty.url,
    WAM_KEK: randomBytes(32).toString('base64'),
  });
  const processes = [1, 2, 3].map(() => createAuth(url, { logger: createSilentLogger() }));
  try {
    await Promise.all(processes.map((process) => process.start()));
    const own = createDatabase<AuthTables>({ url: empty.url, schema: 'auth', applicationName: 'spec' });
    expect(await own.selectFrom('signing_key').select('kid').execute()).toHaveLength(1);
    await own.destroy();
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
});

test('a restart keeps the signing key, so that nobody is logged out', async () => {
  const { token } = await signedBy('register', { email: 'restart@example.com', password: 'securepassword123' });
  await auth.stop();
  auth = createAuth(config, { logger: createSilentLogger() });
  await auth.start();
  const again = await signedBy('login', { email: 'restart@example.com', password: 'securepassword123' });
  expect(decodeProtectedHeader(again.token).kid).toBe(decodeProtectedHeader(token).kid);
});

test('another key-encryption key than the one in the database is refused at the start', async () => {
  const stranger = createAuth(
    loadAuthConfig({ NATS_URL: nats.url, DATABASE_URL: database.url, WAM_KEK: randomBytes(32).toString('base64') }),
    { logger: createSilentLogger() },
  );
  await expect(stranger.start()).rejects.toThrow('WAM_KEK');
  await stranger.stop();
});

test('an account registered while the bus takes no events is announced once it does', async () => {
  // No stream yet: nothing was stored so far, and every registration above waits in the outbox.
  const { user } = await signedBy('register', { email: 'outbox@example.com', password: 'securepassword123' });
  expect(await db.selectFrom('outbox').select('event_id').execute()).not.toHaveLength(0);
  await ensureStreams(nc);
  await eventually(async () => expect(await db.selectFrom('outbox').select('event_id').execute()).toHaveLength(0), {
    timeoutMs: 25_000,
  });
  const stored = await readSubject(nc, {
    stream: streams.events.name,
    subject: subjects.event('account', user.userId, user.userId),
  });
  expect(stored.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as AccountEvent)).toEqual([
    {
      id: expect.any(String),
      type: 'AccountRegistered',
      v: 1,
      version: 1,
      tenant: user.userId,
      at: expect.any(String),
      correlationId: 'req_spec',
      causationId: 'req_spec',
      actor: 'user',
      data: { accountId: user.userId, plan: 'trial' },
    },
  ]);
  expect(stored[0]!.headers).toMatchObject({ 'Wam-Type': 'AccountRegistered' });
  expect(Buffer.from(stored[0]!.data).toString()).not.toContain('outbox@example.com');
}, 60_000);
