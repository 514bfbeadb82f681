import { randomBytes } from 'node:crypto';
import { createAuth, loadAuthConfig } from '@wam/auth';
import type { EntitlementsReply, JwksReply, ServiceReply } from '@wam/contracts';
import { createSilentLogger, type Service } from '@wam/service-kit';
import { createTestDatabase, startTestNats, type TestDatabase, type TestNats, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runWam } from '../../test/launched-platform.ts';
import { askAuth } from './ask-auth.ts';

let nats: TestNats;
let database: TestDatabase;
let auth: Service;
let env: Record<string, string>;

beforeAll(async () => {
  [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  env = { NATS_URL: nats.url };
  auth = createAuth(
    loadAuthConfig({ ...env, DATABASE_URL: database.url, WAM_KEK: randomBytes(32).toString('base64') }),
    { logger: createSilentLogger() },
  );
  await auth.start();
});
afterAll(async () => {
  await auth?.stop();
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

test('an operator rotates the signing key: both keys are published', async () => {
  const { exitCode, stdout } = await runWam(['keys', 'rotate-signing'], env);
  expect(exitCode).toBe(0);
  const { keys } = await askAuth<JwksReply>('jwks', {}, env);
  expect(keys).toHaveLength(2);
  expect(keys.some(({ kid }) => stdout.includes(`Signing key ${kid} is published`))).toBe(true);
});

test('where no platform runs the command says so', async () => {
  await using empty = await temporaryDirectory();
  expect(await runWam(['keys', 'rotate-signing'], { WAM_DATA_DIR: empty.path, NATS_URL: '' })).toMatchObject({
    exitCode: 1,
    stderr: `wam: no platform runs on ${empty.path}; start it, or set NATS_URL\n`,
  });
});
