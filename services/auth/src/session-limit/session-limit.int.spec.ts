import { randomUUID } from 'node:crypto';
import { type AccountView, plans, type ServiceReply } from '@wam/contracts';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlanCatalogue } from '../plan/plan-catalogue.ts';
import { type AuthHarness, startAuthHarness, type TestAccount } from '../testing/auth-harness.ts';
import { authorizeSession, reservationMs } from './authorize-session.ts';

let auth: AuthHarness;
beforeAll(async () => {
  auth = await startAuthHarness();
});
afterAll(() => auth?.[Symbol.asyncDispose]());

const authorize = (by: TestAccount, sessionId: string = randomUUID()): Promise<ServiceReply> =>
  auth.ask('authorizeSession', { tenant: by.id, sessionId });
const sessionsOf = async (by: TestAccount): Promise<number> =>
  (await auth.get<AccountView>('getMe', undefined, { by })).usage.sessions;

test('of many who ask at once, in two processes, exactly as many get a place as the plan has', async () => {
  await auth.startAnother();
  const account = await auth.register('growth');
  const replies = await Promise.all(Array.from({ length: 20 }, () => authorize(account)));
  expect(replies.filter(({ ok }) => ok)).toHaveLength(3);
  for (const reply of replies)
    if (!reply.ok)
      expect(reply).toEqual({
        ok: false,
        code: 'SESSION_LIMIT_REACHED',
        message: 'The plan Growth includes 3 sessions: delete one, or change to a larger plan',
        details: { limit: 3, used: 3 },
      });
  expect(await sessionsOf(account)).toBe(3);
  expect(await authorize(await auth.register())).toMatchObject({ ok: true });
});

test('the same session may ask again, before it exists and after', async () => {
  const account = await auth.register();
  const sessionId = randomUUID();
  expect(await authorize(account, sessionId)).toMatchObject({ ok: true });
  expect(await authorize(account, sessionId)).toMatchObject({ ok: true });
  await auth.sessionEvent('SessionCreated', account, sessionId);
  await eventually(async () =>
    expect(await auth.db.selectFrom('session_owner').selectAll().where('session_id', '=', sessionId).execute()).toEqual(
      [{ session_id: sessionId, tenant: account.id, reserved_until: null }],
    ),
  );
  expect(await authorize(account, sessionId)).toMatchObject({ ok: true });
  expect(await sessionsOf(account)).toBe(1);
});

test('a place whose session never comes is free again, one whose session exists is not', async () => {
  const account = await auth.register('growth');
  const [created, ...lost] = [randomUUID(), randomUUID(), randomUUID()];
  for (const sessionId of [created!, ...lost]) await authorize(account, sessionId);
  await auth.sessionEvent('SessionCreated', account, created!);
  await eventually(async () =>
    expect(
      await auth.db.selectFrom('session_owner').select('reserved_until').where('session_id', '=', created!).execute(),
    ).toEqual([{ reserved_until: null }]),
  );
  expect(await authorize(account)).toMatchObject({ ok: false });
  auth.passTime(reservationMs);
  expect(await sessionsOf(account)).toBe(1);
  const replies = await Promise.all(Array.from({ length: 4 }, () => authorize(account)));
  expect(replies.filter(({ ok }) => ok)).toHaveLength(2);
});

test('a session deleted a moment ago makes room at once', async () => {
  const account = await auth.register();
  for (let i = 0; i < 10; i++) {
    const sessionId = randomUUID();
    expect(await authorize(account, sessionId)).toMatchObject({ ok: true });
    await auth.sessionEvent('SessionCreated', account, sessionId);
    // No wait in between: the answer must not depend on how far the count is.
    await auth.sessionEvent('SessionDeleted', account, sessionId);
  }
});

test('nobody is told to delete a session while deletions are not counted yet', async () => {
  const account = await auth.register();
  await authorize(account);
  const authorizeWhile = (isSure: boolean) =>
    authorizeSession(
      { tenant: account.id, sessionId: randomUUID() },
      {
        db: auth.db,
        catalogue: createPlanCatalogue(plans, 'trial'),
        now: () => new Date(auth.nowMs()),
        catchUp: async () => isSure,
      },
    );
  expect(await authorizeWhile(false)).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(await authorizeWhile(true)).toMatchObject({ code: 'SESSION_LIMIT_REACHED' });
});

test('sessions count on after a smaller plan; there are just no new ones', async () => {
  const account = await auth.register('growth');
  const sessions = [randomUUID(), randomUUID()];
  for (const sessionId of sessions) {
    await authorize(account, sessionId);
    await auth.sessionEvent('SessionCreated', account, sessionId);
  }
  await auth.get('setPlan', { accountId: account.id, plan: 'starter' });
  expect(await authorize(account)).toMatchObject({ code: 'SESSION_LIMIT_REACHED', details: { limit: 1, used: 2 } });
  await auth.sessionEvent('SessionDeleted', account, sessions[0]!);
  await auth.sessionEvent('SessionDeleted', account, sessions[1]!);
  expect(await authorize(account)).toMatchObject({ ok: true });
});

test('what happened to sessions while no process ran is counted after the start', async () => {
  const account = await auth.register();
  await auth.restart();
  await auth.sessionEvent('SessionCreated', account, randomUUID());
  await eventually(async () => expect(await sessionsOf(account)).toBe(1));
  expect(await authorize(account)).toMatchObject({ code: 'SESSION_LIMIT_REACHED' });
});
