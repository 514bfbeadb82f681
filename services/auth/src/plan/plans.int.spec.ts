import type { AccountView, EntitlementsReply, PlanSet } from '@wam/contracts';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AuthHarness, startAuthHarness, type TestAccount } from '../testing/auth-harness.ts';

let auth: AuthHarness;
let account: TestAccount;
beforeAll(async () => {
  auth = await startAuthHarness();
});
afterAll(() => auth?.[Symbol.asyncDispose]());
beforeEach(async () => {
  account = await auth.register();
});

const setPlan = (plan: string, who: object = { accountId: account.id }) => auth.ask('setPlan', { ...who, plan });
const entitlements = (): Promise<EntitlementsReply> =>
  auth.get('entitlements', undefined, { params: { accountId: account.id } });
const me = (): Promise<AccountView> => auth.get('getMe', undefined, { by: account });

describe('an account', () => {
  test('begins on the default plan and sees what it includes', async () => {
    expect(await me()).toEqual({
      userId: account.id,
      email: account.email,
      username: account.email.split('@')[0],
      timeZone: 'UTC',
      createdAt: expect.any(String),
      plan: { id: 'trial', name: 'Trial', pricePerMonth: 0, features: ['basic-messaging', 'dashboard'] },
      limits: { sessions: 1, messagesPerDay: 50 },
      usage: { sessions: 0, messagesToday: 0, resetsAt: expect.stringMatching(/T00:00:00\.000Z$/) },
    });
  });

  test('can change its name and time zone, together or one at a time', async () => {
    const update = (body: object) => auth.get<AccountView>('updateMe', body, { by: account });
    expect(await update({ username: '  Ada ' })).toMatchObject({ username: 'Ada', timeZone: 'UTC' });
    expect(await update({ timeZone: 'Asia/Kolkata' })).toMatchObject({ username: 'Ada', timeZone: 'Asia/Kolkata' });
    expect(await update({})).toEqual(await me());
    expect((await entitlements()).timeZone).toBe('Asia/Kolkata');
    expect((await me()).usage.resetsAt).toMatch(/T18:30:00\.000Z$/);
  });

  test.each([
    [{ username: '   ' }, 'username'],
    [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ timeZone: '+05:30' }, 'timeZone'],
  ])('is not changed by %j', async (body, param) => {
    const before = await me();
    expect(await auth.ask('updateMe', body, { by: account })).toMatchObject({ code: 'VALIDATION_FAILED', param });
    expect(await me()).toEqual(before);
  });

  test('that does not exist is nobody, for whoever asks', async () => {
    const nobody = { ...account, id: '00000000-0000-4000-8000-000000000000' };
    for (const [operation, body] of [
      ['getMe', undefined],
      ['updateMe', { username: 'x' }],
      ['createApiKey', { name: 'x' }],
      ['logOut', { everywhere: true }],
      ['changePassword', { currentPassword: 'x', newPassword: 'yyyyyyyy' }],
    ] as const)
      expect(await auth.ask(operation, body, { by: nobody }), operation).toEqual({
        ok: false,
        code: 'ACCOUNT_NOT_FOUND',
      });
    expect(await auth.ask('entitlements', undefined, { params: { accountId: nobody.id } })).toMatchObject({
      code: 'ACCOUNT_NOT_FOUND',
    });
  });
});

describe('an operator', () => {
  test('moves an account to another plan; entitlements follow and the gateways are told', async () => {
    expect(await setPlan('business')).toMatchObject({
      body: { accountId: account.id, from: 'trial', to: 'business' } satisfies PlanSet,
    });
    expect(await entitlements()).toMatchObject({ plan: 'business', sessions: 6, messagesPerDay: 20_000 });
    await eventually(async () =>
      expect((await auth.eventsOf(account)).at(-1)).toMatchObject({
        type: 'PlanChanged',
        version: 2,
        actor: 'operator',
        data: { accountId: account.id, from: 'trial', to: 'business' },
      }),
    );
  });

  test('who sets the plan an account has already changes nothing', async () => {
    expect(await setPlan('trial')).toMatchObject({ body: { from: 'trial', to: 'trial' } });
    await setPlan('starter');
    await eventually(async () => expect(await auth.eventsOf(account)).toHaveLength(2));
  });

  test('names the account by its e-mail in any spelling, too', async () => {
    expect(await setPlan('growth', { email: account.email.toUpperCase() })).toMatchObject({
      body: { accountId: account.id, to: 'growth' },
    });
  });

  test('is told of an unknown plan or account', async () => {
    expect(await setPlan('platinum')).toEqual({
      ok: false,
      code: 'VALIDATION_FAILED',
      param: 'plan',
      message: 'There is no plan platinum; choose one of trial, starter, growth, business, enterprise',
    });
    for (const who of [{ email: 'nobody@example.com' }, { accountId: '00000000-0000-4000-8000-000000000000' }])
      expect(await setPlan('growth', who)).toMatchObject({ ok: false, code: 'ACCOUNT_NOT_FOUND' });
  });

  test('replaces the plans: accounts on one that is gone count as on the default one', async () => {
    await setPlan('growth');
    const solo = { name: 'Solo', pricePerMonth: 5, sessions: 2, messagesPerDay: 7, features: ['webhooks'] };
    await auth.restart({ PLANS: JSON.stringify({ solo }), DEFAULT_PLAN: 'solo' });
    expect(await me()).toMatchObject({
      plan: { id: 'solo', name: 'Solo', pricePerMonth: 5 },
      limits: { sessions: 2, messagesPerDay: 7 },
    });
    expect(await entitlements()).toMatchObject({ plan: 'solo', lacking: { 'bulk-messaging': null } });
    await auth.restart();
    expect(await entitlements()).toMatchObject({ plan: 'growth' });
  });
});
