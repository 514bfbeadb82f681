import { randomBytes } from 'node:crypto';
import { createAnalytics, loadAnalyticsConfig } from '@wam/analytics';
import { createAuth, loadAuthConfig } from '@wam/auth';
import type { EntitlementsReply, JwksReply, ServiceReply } from '@wam/contracts';
import { createSilentLogger, type Service } from '@wam/service-kit';
import { connectNats, ensureStreams } from '@wam/service-kit/nats';
import {
  createTestDatabase,
  eventually,
  startTestNats,
  type TestDatabase,
  type TestNats,
  temporaryDirectory,
} from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runWam } from '../../test/launched-platform.ts';
import { askAuth } from './ask-service.ts';

let nats: TestNats;
let database: TestDatabase;
let auth: Service;
let analytics: Service;
let env: Record<string, string>;
const kek = randomBytes(32).toString('base64');

beforeAll(async () => {
  [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  env = { NATS_URL: nats.url };
  const settings = { ...env, DATABASE_URL: database.url, WAM_KEK: kek };
  const deps = { logger: createSilentLogger() };
  const nc = await connectNats({ url: nats.url, name: 'prepare' });
  await ensureStreams(nc);
  await nc.close();
  auth = createAuth(loadAuthConfig(settings), deps);
  analytics = createAnalytics(loadAnalyticsConfig(settings), deps);
  await Promise.all([auth.start(), analytics.start()]);
  await eventually(() => expect(analytics.health().ready).toBe(true));
});
afterAll(async () => {
  await auth?.stop();
  await analytics?.stop();
  await nats?.stop();
  await database?.drop();
});

test('an operator moves an account to another plan by its e-mail', async () => {
  const email = 'customer@example.com';
  await askAuth<ServiceReply>('register', { email, password: 'securepassword123' }, env);
  const set = (plan: string) => runWam(['account', 'set-plan', 'Customer@Example.com', plan], env);
  expect(await set('business')).toMatchObject({ exitCode: 0, stdout: 'Customer@Example.com: trial -> business\n' });
  expect(await set('business')).toMatchObject({ exitCode: 0, stdout: 'Customer@Example.com is on business already\n' });
  expect(await set('platinum')).toMatchObject({
    exitCode: 1,
    stderr: 'wam: There is no plan platinum; choose one of trial, starter, growth, business, enterprise\n',
  });
  expect(await askAuth<Partial<EntitlementsReply>>('accountByEmail', { email }, env)).toMatchObject({
    plan: 'business',
  });
});

test('an e-mail without an account is told', async () => {
  expect(await runWam(['account', 'set-plan', 'nobody@example.com', 'starter'], env)).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'wam: No account has this e-mail\n',
  });
});

test('an operator gives who lost their password another one: it opens the account, the lost one and what it opened do not', async () => {
  const email = 'locked-out@example.com';
  const lost = { email, password: 'securepassword123' };
  const { refreshToken } = await askAuth<{ refreshToken: string }>('register', lost, env);
  const { exitCode, stdout } = await runWam(['account', 'reset-password', 'Locked-Out@Example.com'], env);
  expect(exitCode).toBe(0);
  const [, password = ''] = /^locked-out@example\.com logs in with (\S{24})\n/.exec(stdout) ?? [];
  expect(await askAuth<object>('login', { email, password }, env)).toMatchObject({ user: { email } });
  await expect(askAuth('login', lost, env)).rejects.toThrow(/password/i);
  await expect(askAuth('refreshTokens', { refreshToken }, env)).rejects.toThrow();
  expect(await runWam(['account', 'reset-password', 'nobody@example.com'], env)).toMatchObject({
    exitCode: 1,
    stderr: 'wam: No account has this e-mail\n',
  });
});

test('an operator rotates the signing key: both keys are published', async () => {
  const { exitCode, stdout } = await runWam(['keys', 'rotate-signing'], env);
  expect(exitCode).toBe(0);
  const { keys } = await askAuth<JwksReply>('jwks', {}, env);
  expect(keys).toHaveLength(2);
  expect(keys.some(({ kid }) => stdout.includes(`Signing key ${kid} is published`))).toBe(true);
});

test('an operator rebuilds a read model, or checks it, and is told the end', async () => {
  expect(await runWam(['rebuild', 'messages'], env)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^messages: rebuilt from the archive up to event \d+\n$/),
  });
  const checked = await runWam(['rebuild', 'sessions', '--check'], env);
  expect(checked.exitCode).toBe(0);
  expect(checked.stdout).toContain('session_view: 0 rows only live, 0 only rebuilt');
  expect(await runWam(['rebuild', 'everything'], env)).toMatchObject({
    exitCode: 1,
    stderr: 'wam: There is no projection everything; choose one of messages, sessions, campaigns\n',
  });
});

test('an operator erases a contact of an account, and hears which services have not done it', async () => {
  const email = 'forgetful@example.com';
  await askAuth<ServiceReply>('register', { email, password: 'securepassword123' }, env);
  const erased = await runWam(['erase', email, '+919876543210'], env);
  // Auth and analytics are all that runs here.
  expect(erased).toMatchObject({ exitCode: 1, stdout: '' });
  expect(erased.stderr).toMatch(/^wam: not done; repeat it once the cause is gone\n/);
  for (const absent of ['dispatcher', 'engine', 'webhooks'])
    expect(erased.stderr).toMatch(new RegExp(`^${absent}: FAILED: `, 'm'));
  expect(erased.stderr).toContain('analytics: erased from 0 messages in read models and archive');
  expect(await runWam(['erase', email, 'somebody'], env)).toMatchObject({
    exitCode: 1,
    stderr: 'wam: somebody is no phone number with country code, and no LID such as 123456789012345@lid\n',
  });
});

test('an operator replaces the key that everything is sealed under, and hears what is left', async () => {
  const next = randomBytes(32).toString('base64');
  const rotate = (WAM_KEK: string, WAM_OTHER_KEKS: string, ...options: string[]) =>
    runWam(['keys', 'rotate-kek', ...options], { ...env, DATABASE_URL: database.url, WAM_KEK, WAM_OTHER_KEKS });
  const { stdout: missing } = await rotate(next, '');
  expect(missing).toMatch(/auth.signing_key: 0 sealed anew, 2 LEFT .*\n(?:.*\n)*Not done/);
  const { stdout } = await rotate(next, kek, '--json');
  expect(JSON.parse(stdout)).toContainEqual({
    schema: 'auth',
    tables: expect.arrayContaining([{ table: 'signing_key', resealed: 2, unreadable: 0 }]),
  });
  expect(await rotate('c2hvcnQ=', kek)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('WAM_KEK') });
});

test.each([{ words: ['strat'] }, { words: ['dlq', 'show'] }])(
  '$words: what cannot be understood points to the help',
  async ({ words }) => {
    expect(await runWam(words, {})).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('wam --help lists') });
  },
);

test('where no platform runs the command says so', async () => {
  await using empty = await temporaryDirectory();
  expect(await runWam(['keys', 'rotate-signing'], { WAM_DATA_DIR: empty.path, NATS_URL: '' })).toMatchObject({
    exitCode: 1,
    stderr: `wam: no platform runs on ${empty.path}; start it, or set NATS_URL\n`,
  });
});
