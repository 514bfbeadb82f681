import { createHash } from 'node:crypto';
import type { AnswerOf, createApiKey, listApiKeys, ServiceReply } from '@wam/contracts';
import { subjects } from '@wam/contracts';
import { createSilentLogger } from '@wam/service-kit';
import { type LiveEvent, subscribeLive } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AuthHarness, startAuthHarness, type TestAccount } from '../testing/auth-harness.ts';
import { recordedEveryMs } from './record-key-uses.ts';

type Created = AnswerOf<typeof createApiKey, 201>;
type Listed = AnswerOf<typeof listApiKeys, 200>;

let auth: AuthHarness;
let account: TestAccount;
beforeAll(async () => {
  auth = await startAuthHarness();
});
afterAll(() => auth?.[Symbol.asyncDispose]());
beforeEach(async () => {
  account = await auth.register('business');
});

const create = (body: object = { name: 'CRM' }, by = account): Promise<ServiceReply> =>
  auth.ask('createApiKey', body, { by });
const created = (body?: object): Promise<Created> => auth.get('createApiKey', body ?? { name: 'CRM' }, { by: account });
const list = (by = account): Promise<Listed> => auth.get('listApiKeys', undefined, { by });
const revoke = (keyId: string, by = account) => auth.ask('revokeApiKey', undefined, { by, params: { keyId } });
const verify = (key: string) => auth.ask('verifyApiKey', { hash: createHash('sha256').update(key).digest('hex') });

test('a key is shown once, and known afterwards by its first characters', async () => {
  const reply = await create({ name: 'CRM', mode: 'test', scopes: ['read', 'manage'] });
  expect(reply).toMatchObject({ ok: true, status: 201 });
  const { key, ...shown } = (reply as { body: unknown }).body as Created;
  expect(shown).toEqual({
    keyId: expect.stringMatching(/^key_[0-9A-HJKMNP-TV-Z]{26}$/),
    name: 'CRM',
    mode: 'test',
    scopes: ['read', 'manage'],
    prefix: key.slice(0, 12),
    createdAt: expect.any(String),
    lastUsedAt: null,
  });
  expect(await list()).toEqual({ keys: [shown], total: 1 });
  const rows = await auth.db.selectFrom('api_key').selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(key);
});

test('a key may read and send unless something else is asked for', async () => {
  const { key, keyId } = await created();
  expect(key).toMatch(/^wa_live_/);
  expect(await verify(key)).toEqual({
    ok: true,
    status: 200,
    body: { keyId, name: 'CRM', tenant: account.id, scopes: ['read', 'send'], mode: 'live' },
  });
});

test('what is not the hash of a key is nobody', async () => {
  const { key } = await created();
  for (const wrong of [`${key}x`, key.slice(0, -1), '', 'wa_live_'])
    expect(await verify(wrong)).toEqual({ ok: false, code: 'UNAUTHORIZED' });
  for (const hash of [key, '', 'zz', undefined, 42])
    expect(await auth.ask('verifyApiKey', { hash })).toEqual({ ok: false, code: 'UNAUTHORIZED' });
});

test('a revoked key is good for nothing at once, and the gateways are told', async () => {
  const { key, keyId } = await created();
  const told = Promise.withResolvers<LiveEvent>();
  const subscription = await subscribeLive(
    auth.nc,
    subjects.event('account', account.id, '>'),
    (live) => {
      if (live.event.type === 'ApiKeyRevoked') told.resolve(live);
    },
    createSilentLogger(),
  );
  expect(await revoke(keyId)).toMatchObject({ ok: true, body: { success: true } });
  expect(await verify(key)).toEqual({ ok: false, code: 'UNAUTHORIZED' });
  expect((await told.promise).event).toMatchObject({ actor: 'user', data: { accountId: account.id, keyId } });
  subscription.unsubscribe();
  expect(await list()).toEqual({ keys: [], total: 0 });
  expect(await revoke(keyId)).toEqual({ ok: false, code: 'API_KEY_NOT_FOUND' });
});

test('the key of another account is one that does not exist', async () => {
  const { key, keyId } = await created();
  const stranger = await auth.register('business');
  expect(await revoke(keyId, stranger)).toEqual({ ok: false, code: 'API_KEY_NOT_FOUND' });
  expect(await list(stranger)).toEqual({ keys: [], total: 0 });
  expect(await verify(key)).toMatchObject({ ok: true });
});

test('a key that a ticket vouches for is asked for by its id, in its account only, and is gone when it is revoked', async () => {
  const { keyId } = await created();
  const vouched = (tenant: string) => auth.ask('verifyApiKey', { tenant, keyId });
  expect(await vouched(account.id)).toMatchObject({ ok: true, body: { keyId, tenant: account.id } });
  const stranger = await auth.register('business');
  expect(await vouched(stranger.id)).toEqual({ ok: false, code: 'UNAUTHORIZED' });
  await revoke(keyId);
  expect(await vouched(account.id)).toEqual({ ok: false, code: 'UNAUTHORIZED' });
});

test('a token that was revoked a moment ago makes no key and no ticket, also where a gateway has not heard of it', async () => {
  const { gen } = decodeJwt(account.token) as { gen: number };
  const withToken = { by: account, generation: gen };
  for (const [operation, body] of [['createApiKey', { name: 'CRM' }], ['createEventsTicket']] as const) {
    expect(await auth.ask(operation, body, withToken)).toMatchObject({ ok: true });
  }
  await auth.get('logOut', { everywhere: true }, { by: account });
  for (const [operation, body] of [['createApiKey', { name: 'CRM' }], ['createEventsTicket']] as const)
    expect(await auth.ask(operation, body, withToken)).toEqual({ ok: false, code: 'UNAUTHORIZED' });
  expect(await list()).toMatchObject({ total: 1 });
});

test('keys need a plan that has them; after a smaller one they rest until it is back', async () => {
  const lacking = {
    ok: false,
    code: 'FEATURE_NOT_IN_PLAN',
    details: { feature: 'api-keys', plan: 'growth', firstPlan: 'Business' },
  };
  const { key } = await created();
  await auth.get('setPlan', { accountId: account.id, plan: 'growth' });
  expect(await create()).toMatchObject(lacking);
  expect(await verify(key)).toMatchObject(lacking);
  await auth.get('setPlan', { accountId: account.id, plan: 'enterprise' });
  expect(await verify(key)).toMatchObject({ ok: true });
});

test('an account has at most 50 keys, however many are asked for at once', async () => {
  await Promise.all(Array.from({ length: 45 }, () => created()));
  const replies = await Promise.all(Array.from({ length: 10 }, () => create()));
  expect(replies.filter(({ ok }) => ok)).toHaveLength(5);
  for (const reply of replies) if (!reply.ok) expect(reply.code).toBe('API_KEY_LIMIT_REACHED');
  const { keys } = await list();
  await revoke(keys[0]!.keyId);
  expect(await create()).toMatchObject({ ok: true });
});

test('the last use is known to about a minute', async () => {
  const { key } = await created();
  const lastUse = async () => (await list()).keys[0]!.lastUsedAt;
  await verify(key);
  await eventually(async () => expect(await lastUse()).not.toBeNull());
  const first = await lastUse();
  await verify(key);
  auth.passTime(recordedEveryMs);
  await verify(key);
  await eventually(async () => expect(Date.parse((await lastUse())!)).toBeGreaterThan(Date.parse(first!)));
  // What was noted and not written yet is written before a process ends.
  auth.passTime(recordedEveryMs);
  await verify(key);
  const before = await lastUse();
  await auth.restart();
  expect(Date.parse((await lastUse())!)).toBeGreaterThan(Date.parse(before!));
});
