import { randomUUID } from 'node:crypto';
import type { EntitlementsReply, ServiceReply } from '@wam/contracts';
import { inTransaction, sql } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lockAccount, updateAccount } from '../account/account-table.ts';
import { type AuthHarness, password, startAuthHarness, type TestAccount } from '../testing/auth-harness.ts';
import { refreshTokenTtlMs } from './refresh-token.ts';

interface Pair {
  token: string;
  refreshToken: string;
}
const refused = { ok: false, code: 'INVALID_REFRESH_TOKEN' };

let auth: AuthHarness;
let account: TestAccount;
beforeAll(async () => {
  auth = await startAuthHarness();
});
afterAll(() => auth?.[Symbol.asyncDispose]());
beforeEach(async () => {
  account = await auth.register();
});

const refresh = (refreshToken: string): Promise<ServiceReply> => auth.ask('refreshTokens', { refreshToken });
const refreshed = (refreshToken: string): Promise<Pair> => auth.get('refreshTokens', { refreshToken });
const logIn = (withPassword = password): Promise<Pair> =>
  auth.get('login', { email: account.email, password: withPassword });
const generation = async (): Promise<number> =>
  (await auth.get<EntitlementsReply>('entitlements', undefined, { params: { accountId: account.id } })).tokenGeneration;
const generationOf = ({ token }: Pair): unknown => decodeJwt(token).gen;
const isGood = async (pair: Pair): Promise<boolean> => Number(generationOf(pair)) >= (await generation());

async function waitingForLocks(): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*) as waiting from pg_stat_activity
    where datname = current_database() and application_name = 'wam-auth' and wait_event_type = 'Lock'`.execute(auth.db);
  return rows[0]!.waiting;
}

describe('a refresh token', () => {
  test('gives a new pair of the same account, again and again', async () => {
    let pair: Pair = account;
    for (let i = 0; i < 3; i++) {
      const next = await refreshed(pair.refreshToken);
      expect(decodeJwt(next.token).sub).toBe(account.id);
      expect(next.refreshToken).toMatch(/^wrt_[\w-]{43}$/);
      expect(next.refreshToken).not.toBe(pair.refreshToken);
      pair = next;
    }
  });

  test('that is used twice ends every login that descends from it, and the access tokens of the account', async () => {
    const second = await refreshed(account.refreshToken);
    const third = await refreshed(second.refreshToken);
    const elsewhere = await logIn();
    expect(await refresh(account.refreshToken)).toEqual(refused);
    for (const token of [account, second, third]) expect(await refresh(token.refreshToken)).toEqual(refused);
    expect(await isGood(third)).toBe(false);
    expect(await isGood(elsewhere)).toBe(false);
    // The other login did nothing wrong: it refreshes and goes on.
    expect(await isGood(await refreshed(elsewhere.refreshToken))).toBe(true);
  });

  test('that two use at the same moment works for one of them at most, and ends the family', async () => {
    const replies = await Promise.all(Array.from({ length: 8 }, () => refresh(account.refreshToken)));
    const good = replies.filter((reply) => reply.ok);
    expect(good).toHaveLength(1);
    expect(await refresh((good[0]!.body as Pair).refreshToken)).toEqual(refused);
  });

  test('works for 30 days', async () => {
    const other = await logIn();
    auth.passTime(refreshTokenTtlMs - 60_000);
    const next = await refreshed(account.refreshToken);
    auth.passTime(60_000);
    expect(await refresh(other.refreshToken)).toEqual(refused);
    expect(await refresh(next.refreshToken)).toMatchObject({ ok: true });
  });

  test('that is unknown, empty or nonsense is refused in the same words', async () => {
    for (const token of ['wrt_nobody-has-this-token', account.token, '\u0000', 'x'.repeat(200)])
      expect(await refresh(token)).toEqual(refused);
  });

  test('is not stored, and neither is an earlier one', async () => {
    const next = await refreshed(account.refreshToken);
    const rows = await auth.db.selectFrom('refresh_token').selectAll().execute();
    for (const secret of [account.refreshToken, next.refreshToken]) expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe('logging out', () => {
  test('ends the login of the refresh token and no other', async () => {
    const other = await logIn();
    const next = await refreshed(account.refreshToken);
    expect(await auth.ask('logOut', { refreshToken: next.refreshToken }, { by: account })).toMatchObject({ ok: true });
    expect(await refresh(next.refreshToken)).toEqual(refused);
    expect(await isGood(other)).toBe(true);
    expect(await refresh(other.refreshToken)).toMatchObject({ ok: true });
  });

  test('everywhere ends all logins and access tokens, and tells the gateways', async () => {
    const other = await logIn();
    await auth.get('logOut', { everywhere: true }, { by: account });
    for (const pair of [account, other]) {
      expect(await refresh(pair.refreshToken)).toEqual(refused);
      expect(await isGood(pair)).toBe(false);
    }
    expect(await isGood(await logIn())).toBe(true);
    await eventually(async () =>
      expect(await auth.eventsOf(account)).toMatchObject([
        { type: 'AccountRegistered', version: 1 },
        { type: 'TokensRevoked', version: 2, data: { accountId: account.id, generation: 2 } },
      ]),
    );
  });

  test('with the refresh token of somebody else ends nothing and says nothing', async () => {
    const stranger = await auth.register();
    const reply = await auth.ask('logOut', { refreshToken: account.refreshToken }, { by: stranger });
    expect(reply).toMatchObject({ ok: true, body: { success: true } });
    expect(await refresh(account.refreshToken)).toMatchObject({ ok: true });
  });

  test('must say of what', async () => {
    expect(await auth.ask('logOut', {}, { by: account })).toMatchObject({
      ok: false,
      code: 'VALIDATION_FAILED',
      param: 'refreshToken',
    });
  });
});

describe('changing the password', () => {
  const newPassword = 'an even better one';
  const change = (currentPassword: string, by = account) =>
    auth.ask('changePassword', { currentPassword, newPassword }, { by });

  test('ends every login but the one of its answer', async () => {
    const other = await logIn();
    const reply = await change(password);
    if (!reply.ok) throw new Error(reply.code);
    const renewed = reply.body as Pair & { message: string };
    expect(renewed.message).toBe('Password changed successfully');
    for (const pair of [account, other]) {
      expect(await refresh(pair.refreshToken)).toEqual(refused);
      expect(await isGood(pair)).toBe(false);
    }
    expect(await isGood(renewed)).toBe(true);
    expect(await refresh(renewed.refreshToken)).toMatchObject({ ok: true });
    expect(await auth.ask('login', { email: account.email, password })).toEqual({
      ok: false,
      code: 'INVALID_CREDENTIALS',
    });
    expect(await isGood(await logIn(newPassword))).toBe(true);
  });

  test('needs the current one', async () => {
    expect(await change('not the password')).toEqual({ ok: false, code: 'WRONG_PASSWORD', param: 'currentPassword' });
    expect(await isGood(await logIn())).toBe(true);
  });

  test('leaves nobody in who logs in with the old one at the same moment', async () => {
    const racing = Array.from({ length: 6 }, () => auth.ask('login', { email: account.email, password }));
    const [changed, ...logins] = await Promise.all([change(password), ...racing]);
    expect(changed).toMatchObject({ ok: true });
    for (const login of logins) {
      if (!login.ok) continue;
      expect(await refresh((login.body as Pair).refreshToken)).toEqual(refused);
      expect(await isGood(login.body as Pair)).toBe(false);
    }
  });

  test('refuses who has proven the old one and is not in yet', async () => {
    let login: Promise<ServiceReply> | undefined;
    await inTransaction(auth.db, async (trx) => {
      await lockAccount(trx, account.id);
      login = auth.ask('login', { email: account.email, password });
      // The password was right: the login waits for its account.
      await eventually(async () => expect(await waitingForLocks()).toBe(1));
      await updateAccount(trx, account.id, { passwordHash: 'of another password' });
    });
    expect(await login).toEqual({ ok: false, code: 'INVALID_CREDENTIALS' });
  });

  test('of two at once succeeds for one', async () => {
    const replies = await Promise.all([change(password), change(password)]);
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1);
  });
});

test('an e-mail is found in any spelling by services, and an unknown one is nobody', async () => {
  expect(await auth.get('accountByEmail', { email: ` ${account.email.toUpperCase()}` })).toEqual({
    accountId: account.id,
    email: account.email,
    plan: 'trial',
  });
  expect(await auth.ask('accountByEmail', { email: `${randomUUID()}@example.com` })).toMatchObject({
    code: 'ACCOUNT_NOT_FOUND',
    message: 'No account has this e-mail',
  });
});

describe('a password that the operator sets anew', () => {
  test('ends all logins and access tokens, as a change of it does, and is noted without what it is', async () => {
    const other = await logIn();
    const reset = await auth.get<{ password: string }>('resetPassword', { email: account.email.toUpperCase() });
    for (const pair of [account, other]) {
      expect(await refresh(pair.refreshToken)).toEqual(refused);
      expect(await isGood(pair)).toBe(false);
    }
    expect(await isGood(await logIn(reset.password))).toBe(true);
    const [entry] = await auth.db
      .selectFrom('audit_entry')
      .selectAll()
      .where('tenant', '=', account.id)
      .where('action', '=', 'account.password-reset')
      .execute();
    expect(entry).toMatchObject({ actor: 'operator', subject: account.id, details: {} });
    expect(await auth.ask('login', { email: account.email, password })).toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });
});
