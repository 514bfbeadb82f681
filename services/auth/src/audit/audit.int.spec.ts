import { randomUUID } from 'node:crypto';
import type { AnswerOf, listAudit } from '@wam/contracts';
import { sql } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AuthHarness, password, startAuthHarness, type TestAccount } from '../testing/auth-harness.ts';
import { notedPerMinute } from './note-failed-logins.ts';

type Page = AnswerOf<typeof listAudit, 200>;

let auth: AuthHarness;
let account: TestAccount;
beforeAll(async () => {
  auth = await startAuthHarness();
});
afterAll(() => auth?.[Symbol.asyncDispose]());
beforeEach(async () => {
  account = await auth.register('business');
});

const page = (query: object = {}, by = account): Promise<Page> =>
  auth.get('listAudit', undefined, { by, query: query as Record<string, unknown> });
const actions = async (): Promise<string[]> => (await page({ limit: 100 })).data.map(({ action }) => action);

test('every change is written down with who asked, by which request, and what it was done to', async () => {
  const by = account;
  const email = account.email;
  await auth.get('login', { email, password }, { requestId: 'req_login' });
  const { keyId } = await auth.get<{ keyId: string }>('createApiKey', { name: 'CRM' }, { by, requestId: 'req_key' });
  await auth.get('revokeApiKey', undefined, { by, params: { keyId }, requestId: 'req_revoke' });
  await auth.get('setPlan', { email, plan: 'growth' }, { requestId: 'req_plan' });
  await auth.ask('refreshTokens', { refreshToken: account.refreshToken });
  await auth.ask('refreshTokens', { refreshToken: account.refreshToken }, { requestId: 'req_reuse' });
  await auth.get(
    'changePassword',
    { currentPassword: password, newPassword: 'another one 123' },
    { by, requestId: 'req_password' },
  );
  await auth.get('logOut', { everywhere: true }, { by, requestId: 'req_out' });

  const { data, hasMore, nextCursor } = await page();
  expect({ hasMore, nextCursor }).toEqual({ hasMore: false, nextCursor: null });
  expect(data.map(({ id: _id, at: _at, ...entry }) => entry)).toEqual([
    { action: 'account.logged-out', actor: 'user', subject: null, requestId: 'req_out', details: { everywhere: true } },
    { action: 'account.password-changed', actor: 'user', subject: null, requestId: 'req_password', details: {} },
    {
      action: 'refresh-token.reused',
      actor: 'anonymous',
      subject: expect.any(String),
      requestId: 'req_reuse',
      details: {},
    },
    {
      action: 'plan.changed',
      actor: 'operator',
      subject: account.id,
      requestId: 'req_plan',
      details: { from: 'business', to: 'growth' },
    },
    { action: 'api-key.revoked', actor: 'user', subject: keyId, requestId: 'req_revoke', details: { name: 'CRM' } },
    {
      action: 'api-key.created',
      actor: 'user',
      subject: keyId,
      requestId: 'req_key',
      details: { name: 'CRM', mode: 'live', scopes: ['read', 'send'] },
    },
    { action: 'account.logged-in', actor: 'user', subject: null, requestId: 'req_login', details: {} },
    {
      action: 'plan.changed',
      actor: 'operator',
      subject: account.id,
      requestId: expect.any(String),
      details: { from: 'trial', to: 'business' },
    },
    {
      action: 'account.registered',
      actor: 'user',
      subject: account.id,
      requestId: expect.any(String),
      details: { plan: 'trial' },
    },
  ]);
  for (const { at } of data) expect(new Date(at).toISOString()).toBe(at);
});

test('what is refused is not written down as done', async () => {
  await auth.ask('revokeApiKey', undefined, { by: account, params: { keyId: 'key_01JD8X3M5N6P7Q8R9S0T1V2W3X' } });
  await auth.ask('changePassword', { currentPassword: 'wrong', newPassword: 'another one 123' }, { by: account });
  await auth.get('setPlan', { accountId: account.id, plan: 'business' });
  expect(await actions()).toEqual(['plan.changed', 'account.registered']);
});

test('sessions that come and go are written down once, however many processes read the log, over a restart', async () => {
  await auth.startAnother();
  const sessionId = randomUUID();
  await auth.sessionEvent('SessionCreated', account, sessionId, { actor: 'key:key_1' });
  await auth.sessionEvent('SessionDeleted', account, sessionId);
  await eventually(async () => expect(await actions()).toHaveLength(4));
  await auth.restart();
  const last = randomUUID();
  await auth.sessionEvent('SessionCreated', account, last);
  await eventually(async () => expect((await actions())[0]).toBe('session.created'));
  const { data } = await page();
  expect(data.filter(({ action }) => action.startsWith('session.'))).toMatchObject([
    { action: 'session.created', actor: 'user', subject: last },
    { action: 'session.deleted', actor: 'user', subject: sessionId },
    {
      action: 'session.created',
      actor: 'key:key_1',
      subject: sessionId,
      requestId: expect.stringMatching(/^req_of_/),
      details: { name: 'Shop', network: 'sandbox' },
    },
  ]);
});

test('guessing a password is written down, a few times a minute at most', async () => {
  const guess = () => auth.ask('login', { email: account.email, password: 'not the password' });
  const failures = async () => (await actions()).filter((action) => action === 'account.login-failed').length;
  await Promise.all(Array.from({ length: notedPerMinute + 5 }, guess));
  await eventually(async () => expect(await failures()).toBe(notedPerMinute));
  // Notes are written before a process ends: nothing more can come.
  await auth.restart();
  expect(await failures()).toBe(notedPerMinute);
  auth.passTime(60_000);
  await guess();
  await eventually(async () => expect(await failures()).toBe(notedPerMinute + 1));
});

test('who is logged in and does not know the password is written down', async () => {
  const change = { currentPassword: 'a guess', newPassword: 'an even better one' };
  await auth.ask('changePassword', change, { by: account, requestId: 'req_guess' });
  await eventually(async () =>
    expect((await page()).data[0]).toMatchObject({
      action: 'account.password-refused',
      actor: 'user',
      requestId: 'req_guess',
    }),
  );
});

test('nobody changes, deletes or truncates what was written', async () => {
  const before = await page();
  for (const statement of [
    sql`update audit_entry set action = 'nothing' where tenant = ${account.id}`,
    sql`update audit_entry set at = now() where false`,
    sql`delete from audit_entry where tenant = ${account.id}`,
    sql`truncate audit_entry`,
  ])
    await expect(statement.execute(auth.db)).rejects.toThrow('the audit log is append-only');
  expect(await page()).toEqual(before);
});

test('pages neither repeat nor miss an entry while others are added', async () => {
  for (let i = 0; i < 8; i++) await auth.get('createApiKey', { name: `key ${i}` }, { by: account });
  const all = (await page()).data;
  const seen: Page['data'] = [];
  let cursor: string | undefined;
  do {
    const next: Page = await page({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...next.data);
    cursor = next.nextCursor ?? undefined;
    expect(next.hasMore).toBe(cursor !== undefined);
    await auth.get('createApiKey', { name: 'meanwhile' }, { by: account });
  } while (cursor !== undefined);
  expect(seen).toEqual(all);
});

test('an account sees its own entries only, and a cursor of another account opens nothing', async () => {
  for (let i = 0; i < 3; i++) await auth.get('createApiKey', { name: 'secret' }, { by: account });
  const { nextCursor } = await page({ limit: 1 });
  const stranger = await auth.register();
  expect((await page({}, stranger)).data).toHaveLength(1);
  const { data } = await page({ cursor: nextCursor }, stranger);
  for (const entry of data) expect(entry.action).toBe('account.registered');
});

test('a cursor that no answer has given is refused', async () => {
  expect(await auth.ask('listAudit', undefined, { by: account, query: { cursor: 'nonsense' } })).toMatchObject({
    ok: false,
    code: 'VALIDATION_FAILED',
    param: 'cursor',
  });
});
