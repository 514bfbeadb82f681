/** What auth keeps of requests under an Idempotency-Key, asked as gateways ask. */
import { createHash, randomUUID } from 'node:crypto';
import type { BegunOnce, OnceOutcome, ServiceReply, SettledOnce } from '@wam/contracts';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AuthHarness, startAuthHarness, type TestAccount } from '../testing/auth-harness.ts';

const leaseMs = 20_000;
const dayMs = 24 * 3_600_000;
let harness: AuthHarness;
let account: TestAccount;
beforeAll(async () => {
  harness = await startAuthHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());
beforeEach(async () => {
  account = await harness.register('business');
});

const hex = (text: string) => createHash('sha256').update(text).digest('hex');
const ask = (key: string, { what = 'send hi', by = account } = {}) =>
  harness.ask('beginOnce', { tenant: by.id, keyHash: hex(key), fingerprint: hex(what), leaseMs });
async function begin(key: string, options?: Parameters<typeof ask>[1]): Promise<BegunOnce> {
  const reply = await ask(key, options);
  if (!reply.ok) throw new Error(reply.code);
  return reply.body as BegunOnce;
}
async function begun(key: string): Promise<{ idempotencyId: string; attempt: number }> {
  const state = await begin(key);
  if (state.state !== 'begun') throw new Error(`is ${state.state}`);
  const { idempotencyId, attempt } = state;
  return { idempotencyId, attempt };
}
const settle = (
  { idempotencyId, attempt }: { idempotencyId: string; attempt: number },
  outcome: OnceOutcome,
  unusedMessages = 0,
) => harness.get<SettledOnce>('settleOnce', { tenant: account.id, idempotencyId, attempt, outcome, unusedMessages });
const sent: ServiceReply = { ok: true, status: 200, body: { success: true, messageId: 'msg_1' } };
const keep = (reply: ServiceReply = sent): OnceOutcome => ({ kind: 'keep', reply });
const usedToday = async () =>
  (await harness.get<{ usage: { messagesToday: number } }>('getMe', undefined, { by: account })).usage.messagesToday;

describe('a key', () => {
  test('lets one of a hundred begin; the others learn how long it may take', async () => {
    const key = randomUUID();
    await harness.startAnother();
    const states = await Promise.all(Array.from({ length: 100 }, () => begin(key)));
    expect(states.filter(({ state }) => state === 'begun')).toHaveLength(1);
    expect(states).toContainEqual({ state: 'begun', idempotencyId: expect.any(String), attempt: 1 });
    for (const state of states) if (state.state === 'running') expect(state.leaseLeftMs).toBeGreaterThan(0);
  });

  test('leaves room behind its id for all that its request may make, however many begin at the same moment', async () => {
    const keys = await Promise.all(Array.from({ length: 200 }, () => begun(randomUUID())));
    const neighbourhoods = keys.map(({ idempotencyId }) => idempotencyId.slice(0, -4));
    expect(new Set(neighbourhoods).size).toBe(keys.length);
  });

  test('has the same answer from then on, also after a restart', async () => {
    const key = randomUUID();
    expect(await settle(await begun(key), keep())).toEqual({ reply: sent });
    expect(await begin(key)).toEqual({ state: 'answered', reply: sent });
    await harness.restart();
    expect(await begin(key)).toEqual({ state: 'answered', reply: sent });
  });

  test('stands for one request, before and after its answer', async () => {
    const key = randomUUID();
    const attempt = await begun(key);
    const other = { ok: false, code: 'IDEMPOTENCY_KEY_REUSED', param: 'Idempotency-Key' };
    expect(await ask(key, { what: 'send hello' })).toEqual(other);
    await settle(attempt, keep());
    expect(await ask(key, { what: 'send hello' })).toEqual(other);
  });

  test('of one account means nothing to another', async () => {
    const key = randomUUID();
    await settle(await begun(key), keep());
    const stranger = await harness.register();
    expect(await begin(key, { by: stranger, what: 'anything' })).toMatchObject({ state: 'begun', attempt: 1 });
  });

  test('whose request was cut off is carried out again under the same id, not before its lease is over', async () => {
    const key = randomUUID();
    const first = await begun(key);
    harness.passTime(leaseMs - 1_000);
    expect(await begin(key)).toMatchObject({ state: 'running' });
    harness.passTime(1_000);
    expect(await begun(key)).toEqual({ ...first, attempt: 2 });
  });

  test('that two attempts answer has the first answer', async () => {
    const key = randomUUID();
    const first = await begun(key);
    harness.passTime(leaseMs);
    const second = await begun(key);
    expect(await settle(first, { kind: 'retry' })).toEqual({});
    // The late word of the first does not end the second's turn.
    expect(await begin(key)).toMatchObject({ state: 'running' });
    expect(await settle(first, keep())).toEqual({ reply: sent });
    expect(await settle(second, keep({ ok: true, status: 202, body: {} }))).toEqual({ reply: sent });
  });

  test('without an answer is free at once, under the same id', async () => {
    const key = randomUUID();
    const first = await begun(key);
    await settle(first, { kind: 'retry' });
    const second = await begun(key);
    expect(second).toEqual({ ...first, attempt: 2 });
    // The first may have had its effect: nothing is forgotten any more.
    await settle(second, { kind: 'forget' });
    expect(await begun(key)).toEqual({ ...first, attempt: 3 });
    expect(await ask(key, { what: 'send hello' })).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('for which nothing has happened may be used for something else', async () => {
    const key = randomUUID();
    const first = await begun(key);
    await settle(first, { kind: 'forget' });
    const second = await begin(key, { what: 'send hello' });
    expect(second).toMatchObject({ state: 'begun', attempt: 1 });
    expect(second).not.toMatchObject({ idempotencyId: first.idempotencyId });
  });

  test('expires after 24 hours, not before, and its row goes', async () => {
    const key = randomUUID();
    const first = await begun(key);
    await settle(first, keep());
    harness.passTime(dayMs - 60_000);
    expect(await begin(key)).toMatchObject({ state: 'answered' });
    harness.passTime(60_000);
    const again = await begun(key);
    expect(again.attempt).toBe(1);
    expect(again.idempotencyId).not.toBe(first.idempotencyId);
    harness.passTime(dayMs);
    await harness.restart();
    await eventually(async () => {
      const rows = await harness.db.selectFrom('once').select('id').where('tenant', '=', account.id).execute();
      expect(rows).toEqual([]);
    });
  });
});

describe('what a request takes and makes', () => {
  test('of the daily quota it takes once, and gives back what it did not need', async () => {
    const first = await begun(randomUUID());
    const body = { tenant: account.id, count: 5, idempotencyId: first.idempotencyId };
    const [one, two] = [await harness.get('reserveMessages', body), await harness.get('reserveMessages', body)];
    expect(two).toEqual(one);
    expect(await usedToday()).toBe(5);
    await settle(first, keep(), 2);
    expect(await usedToday()).toBe(3);
    await settle(first, keep(), 2);
    expect(await usedToday()).toBe(3);
  });

  test('of the daily quota it takes anew when all was given back', async () => {
    const key = randomUUID();
    const first = await begun(key);
    const body = { tenant: account.id, count: 1, idempotencyId: first.idempotencyId };
    await harness.get('reserveMessages', body);
    await settle(first, { kind: 'retry' }, 1);
    expect(await usedToday()).toBe(0);
    await begun(key);
    await harness.get('reserveMessages', body);
    expect(await usedToday()).toBe(1);
  });

  test('of the daily quota stays counted when an attempt cannot know that no other has used it', async () => {
    const take = (idempotencyId: string) =>
      harness.get('reserveMessages', { tenant: account.id, count: 5, idempotencyId });
    const key = randomUUID();
    const cutOff = await begun(key);
    await take(cutOff.idempotencyId);
    harness.passTime(leaseMs);
    const second = await begun(key);
    await take(second.idempotencyId);
    // Late, while the second sends what the first could not.
    await settle(cutOff, { kind: 'retry' }, 5);
    expect(await usedToday()).toBe(5);
    // Refused, whatever of the first is on its way.
    await settle(second, { kind: 'retry' }, 5);
    expect(await usedToday()).toBe(5);

    const other = randomUUID();
    const half = await begun(other);
    await take(half.idempotencyId);
    await settle(half, { kind: 'retry' }, 2);
    await take((await begun(other)).idempotencyId);
    expect(await usedToday()).toBe(10);
  });

  test('an API key is made once, with the same secret, by however many attempts', async () => {
    const { idempotencyId } = await begun(randomUUID());
    const create = () => harness.get<{ key: string }>('createApiKey', { name: 'CRM' }, { by: account, idempotencyId });
    const made = await Promise.all(Array.from({ length: 10 }, create));
    expect(new Set(made.map(({ key }) => key)).size).toBe(1);
    expect(await harness.get('listApiKeys', undefined, { by: account })).toMatchObject({ total: 1 });
    // Kept with the effect, before any gateway has said what came of it; and not in the clear.
    const row = await harness.db
      .selectFrom('once')
      .select('answer')
      .where('id', '=', idempotencyId)
      .executeTakeFirstOrThrow();
    expect(row.answer?.includes(Buffer.from('wa_live_'))).toBe(false);
  });
});
