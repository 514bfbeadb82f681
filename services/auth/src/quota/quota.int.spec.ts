import type { AccountView, ReservedMessages, ServiceReply } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AuthHarness, startAuthHarness, type TestAccount } from '../testing/auth-harness.ts';

const hour = 3_600_000;
const plan = (messagesPerDay: number) => ({ name: 'P', pricePerMonth: 0, sessions: 1, messagesPerDay, features: [] });
const PLANS = JSON.stringify({ trial: plan(50), more: plan(60), none: plan(0) });

let auth: AuthHarness;
let account: TestAccount;
beforeAll(async () => {
  auth = await startAuthHarness({ PLANS });
  auth.setTime('2030-01-10T12:00:00.000Z');
});
afterAll(() => auth?.[Symbol.asyncDispose]());
beforeEach(async () => {
  account = await auth.register();
});

const reserve = (count: number, by = account): Promise<ServiceReply> =>
  auth.ask('reserveMessages', { tenant: by.id, count });
const reserved = (count: number): Promise<ReservedMessages> =>
  auth.get('reserveMessages', { tenant: account.id, count });
const release = (count: number, day?: string) =>
  auth.get('releaseMessages', { tenant: account.id, count, ...(day === undefined ? {} : { day }) });
const me = () => auth.get<AccountView>('getMe', undefined, { by: account });
const usedToday = async (): Promise<number> => (await me()).usage.messagesToday;
const moveTo = (timeZone: string) => auth.get('updateMe', { timeZone }, { by: account });
const granted = (replies: readonly ServiceReply[]) => replies.filter((reply) => reply.ok).length;

describe('the daily quota', () => {
  test('is given to exactly as many messages as the plan has, however many ask at once', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, () => reserve(1)));
    expect(granted(replies)).toBe(50);
    for (const reply of replies)
      if (!reply.ok)
        expect(reply).toEqual({
          ok: false,
          code: 'DAILY_LIMIT_REACHED',
          details: { limit: 50, used: 50, resetsAt: '2030-01-11T00:00:00.000Z' },
        });
    expect(await usedToday()).toBe(50);
  });

  test('is counted once by several processes, over a restart of all of them', async () => {
    await Promise.all([auth.startAnother(), auth.startAnother()]);
    const first = await Promise.all(Array.from({ length: 30 }, () => reserve(1)));
    expect(granted(first)).toBe(30);
    await auth.restart();
    await auth.startAnother();
    const second = await Promise.all(Array.from({ length: 60 }, () => reserve(1)));
    expect(granted(second)).toBe(20);
  });

  test('is given to a bulk as a whole or not at all', async () => {
    expect(await reserved(30)).toEqual({
      day: '2030-01-10',
      limit: 50,
      used: 30,
      resetsAt: '2030-01-11T00:00:00.000Z',
    });
    expect(await reserve(21)).toMatchObject({ ok: false, details: { used: 30 } });
    expect(await reserved(20)).toMatchObject({ used: 50 });
    expect(await reserve(51, await auth.register())).toMatchObject({ ok: false, details: { used: 0 } });
  });

  test('is not touched by what others use, and bulks of mixed sizes never exceed it together', async () => {
    const other = await auth.register();
    const sizes = Array.from({ length: 60 }, (_, i) => 1 + (i % 7));
    const replies = await Promise.all(sizes.map((size) => reserve(size)));
    const sum = sizes.filter((_, i) => replies[i]!.ok).reduce((a, b) => a + b, 0);
    expect(sum).toBe(await usedToday());
    expect(sum).toBeLessThanOrEqual(50);
    // Nothing was refused that would have fitted: the smallest ones fill what is left.
    expect(sum).toBe(50);
    expect(await reserve(50, other)).toMatchObject({ ok: true });
  });

  test('comes back when it is released, and never beyond what was used', async () => {
    const { day } = await reserved(50);
    await release(10, day);
    expect(await reserve(11)).toMatchObject({ ok: false });
    expect(await reserve(10)).toMatchObject({ ok: true });
    await release(500);
    expect(await usedToday()).toBe(0);
    expect(await reserve(51)).toMatchObject({ ok: false });
  });

  test('is that of the plan of now, in every process, however often an account was asked about before', async () => {
    await auth.get('setPlan', { accountId: account.id, plan: 'more' });
    await auth.startAnother();
    await Promise.all(Array.from({ length: 20 }, () => reserved(1)));
    await auth.get('setPlan', { accountId: account.id, plan: 'trial' });
    const replies = await Promise.all(Array.from({ length: 40 }, () => reserve(1)));
    expect(granted(replies)).toBe(30);
    await auth.get('setPlan', { accountId: account.id, plan: 'none' });
    expect(await reserve(1)).toMatchObject({ code: 'DAILY_LIMIT_REACHED', details: { limit: 0, used: 50 } });
    await auth.get('setPlan', { accountId: account.id, plan: 'more' });
    expect(await reserved(10)).toMatchObject({ limit: 60, used: 60 });
  });

  test('of a plan without messages is never given', async () => {
    await auth.get('setPlan', { accountId: account.id, plan: 'none' });
    expect(await reserve(1)).toMatchObject({ ok: false, code: 'DAILY_LIMIT_REACHED', details: { limit: 0, used: 0 } });
  });

  test('follows a change of the plan at once', async () => {
    await reserved(50);
    await auth.get('setPlan', { accountId: account.id, plan: 'more' });
    expect(await reserve(10)).toMatchObject({ ok: true });
    await auth.get('setPlan', { accountId: account.id, plan: 'trial' });
    expect(await reserve(1)).toMatchObject({ ok: false, details: { limit: 50, used: 60 } });
  });

  test('needs an account', async () => {
    const nobody = { ...account, id: '00000000-0000-4000-8000-000000000000' };
    expect(await reserve(1, nobody)).toEqual({ ok: false, code: 'ACCOUNT_NOT_FOUND' });
  });

  test('starts anew at midnight of the account, and a release after it goes to the day before', async () => {
    await moveTo('Asia/Kolkata');
    auth.setTime('2030-02-01T18:00:00.000Z');
    const { day, resetsAt } = await reserved(50);
    expect([day, resetsAt]).toEqual(['2030-02-01', '2030-02-01T18:30:00.000Z']);
    auth.setTime('2030-02-01T18:30:00.000Z');
    expect(await usedToday()).toBe(0);
    expect(await reserved(5)).toMatchObject({ day: '2030-02-02', used: 5 });
    await release(5, day);
    expect(await usedToday()).toBe(5);
  });
});

describe('after a change of the time zone', () => {
  test('a date that was used up stays used up, until the calendar of the new zone has passed it', async () => {
    await moveTo('Asia/Tokyo');
    auth.setTime('2030-03-01T20:00:00.000Z');
    expect(await reserved(50)).toMatchObject({ day: '2030-03-02' });
    // There it is the 1st, which nobody has used, and which is over for this account.
    await moveTo('America/New_York');
    expect(await reserve(1)).toMatchObject({
      code: 'DAILY_LIMIT_REACHED',
      details: { used: 50, resetsAt: '2030-03-03T05:00:00.000Z' },
    });
    expect((await me()).usage).toMatchObject({ messagesToday: 50, resetsAt: '2030-03-03T05:00:00.000Z' });
    auth.setTime('2030-03-02T12:00:00.000Z');
    expect(await reserve(1)).toMatchObject({ code: 'DAILY_LIMIT_REACHED' });
    auth.setTime('2030-03-03T05:00:00.000Z');
    expect(await reserved(1)).toMatchObject({ day: '2030-03-03', used: 1 });
  });

  test('moving to and fro gives no more quotas than there are dates', async () => {
    auth.setTime('2030-04-01T00:00:00.000Z');
    const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'UTC', 'Asia/Kolkata', 'America/New_York'];
    let sent = 0;
    for (let i = 0; i < 48; i++) {
      await moveTo(zones[i % zones.length]!);
      if ((await reserve(50)).ok) sent += 50;
      auth.passTime(hour);
    }
    // Two days, and the dates 04-01, 04-02 and 04-03 that some zone showed in them.
    expect(sent).toBe(3 * 50);
  });
});

describe('messages of the day that a session holds', () => {
  const holder = '550e8400-e29b-41d4-a716-446655440000';
  const hold = (revision: number, more: number, kept?: { day: string; count: number }, by = account) =>
    auth.ask('holdMessages', { tenant: by.id, holder, revision, more, ...(kept && { kept }) });
  const day = '2030-05-01';
  beforeEach(() => auth.setTime(`${day}T12:00:00.000Z`));

  test('are granted as far as there are any, beside those of everybody else', async () => {
    await reserved(20);
    expect(await hold(1, 20)).toMatchObject({ ok: true, body: { day, granted: 20, used: 40 } });
    expect(await hold(2, 20, { day, count: 20 })).toMatchObject({ body: { granted: 10, used: 50 } });
    expect(await hold(3, 20, { day, count: 30 })).toMatchObject({ body: { granted: 0, used: 50, limit: 50 } });
    expect(await usedToday()).toBe(50);
  });

  test('whose answer nobody heard, or that are not needed, are given back with the next question', async () => {
    await hold(1, 20);
    expect(await hold(2, 20)).toMatchObject({ body: { granted: 20, used: 20 } });
    expect(await hold(3, 0, { day, count: 7 })).toMatchObject({ body: { granted: 0, used: 7 } });
    expect(await hold(4, 5, { day, count: 7 })).toMatchObject({ body: { granted: 5, used: 12 } });
  });

  test('are not changed by a question that comes late', async () => {
    await hold(2, 20);
    expect(await hold(1, 20)).toMatchObject({ ok: false, code: 'CONFLICT' });
    expect(await hold(2, 20)).toMatchObject({ ok: false, code: 'CONFLICT' });
    expect(await usedToday()).toBe(20);
  });

  test('stay counted on their day when the next one begins', async () => {
    await hold(1, 20);
    auth.setTime('2030-05-02T12:00:00.000Z');
    expect(await hold(2, 5, { day, count: 20 })).toMatchObject({ body: { day: '2030-05-02', granted: 5, used: 5 } });
    expect(await hold(3, 0, { day, count: 20 })).toMatchObject({ body: { used: 0 } });
  });

  test('of a session of the same id in another account are others', async () => {
    await hold(1, 20);
    const other = await auth.register();
    expect(await hold(1, 50, undefined, other)).toMatchObject({ body: { granted: 50, used: 50 } });
    expect(await usedToday()).toBe(20);
  });
});

describe('a message that failed', () => {
  const day = '2030-06-01';
  const newMessage = () => `msg_${newUlid()}`;
  const fails = (messageId: string, code = 'MESSAGE_EXPIRED', countedOn = day) =>
    auth.messageFailed(account, messageId, { code, countedOn });
  const untilUsed = (count: number) => eventually(async () => expect(await usedToday()).toBe(count));
  /** The log is read in order: what came before this one has had its effect. */
  async function untilAllIsRead(countedOn = day): Promise<void> {
    const last = newMessage();
    await fails(last, 'MESSAGE_EXPIRED', countedOn);
    await eventually(async () =>
      expect(await auth.db.selectFrom('message_return').select('day').where('message_id', '=', last).execute()).toEqual(
        [{ day: countedOn }],
      ),
    );
  }
  beforeAll(async () => {
    // What the log held before auth was there for the first time is not read.
    await eventually(async () =>
      expect(await auth.db.selectFrom('checkpoint').select('name').execute()).toContainEqual({ name: 'failures' }),
    );
  });
  beforeEach(() => auth.setTime(`${day}T12:00:00.000Z`));

  test('is given back to the day, unless WhatsApp refused it', async () => {
    await reserved(10);
    for (const code of ['MESSAGE_DROPPED', 'SESSION_DELETED', 'SESSION_NOT_CONNECTED', 'SEND_FAILED'])
      await fails(newMessage(), code);
    for (const code of ['NOT_ON_WHATSAPP', 'RECIPIENT_RESTRICTED', 'WHATSAPP_REJECTED'])
      await fails(newMessage(), code);
    await untilAllIsRead();
    expect(await usedToday()).toBe(10 - 4 - 1);
  });

  test('is given back once, however often, by however many processes and after whatever restarts it is told of', async () => {
    await reserved(10);
    await auth.startAnother();
    const message = newMessage();
    await Promise.all([fails(message), fails(message)]);
    await untilUsed(9);
    await auth.restart();
    await auth.startAnother();
    await fails(message);
    await untilAllIsRead();
    expect(await usedToday()).toBe(8);
  });

  test('that failed while no auth ran is given back when one does', async () => {
    await reserved(10);
    const restarting = auth.restart();
    await fails(newMessage());
    await restarting;
    await fails(newMessage());
    await untilUsed(8);
  });

  test('is given to the day on which it was counted, also after midnight, and to no day that is long over', async () => {
    await reserved(10);
    auth.setTime('2030-06-02T00:10:00.000Z');
    await reserved(3);
    await fails(newMessage());
    await untilAllIsRead();
    expect(await usedToday()).toBe(3);
    const usage = auth.db.selectFrom('message_usage').select('used').where('tenant', '=', account.id);
    expect(await usage.where('day', '=', day).execute()).toEqual([{ used: 8 }]);
    auth.setTime('2030-06-05T12:00:00.000Z');
    await fails(newMessage());
    await untilAllIsRead('2030-06-05');
    expect(await usage.where('day', '=', day).execute()).toEqual([{ used: 8 }]);
  });

  test("of a session's campaign is given back beside what the session holds", async () => {
    const holder = '550e8400-e29b-41d4-a716-446655440001';
    const hold = (revision: number, more: number, count: number) =>
      auth.get('holdMessages', { tenant: account.id, holder, revision, more, kept: { day, count } });
    await hold(1, 20, 0);
    await fails(newMessage());
    await untilUsed(19);
    await hold(2, 0, 20);
    expect(await usedToday()).toBe(19);
    await hold(3, 0, 5);
    expect(await usedToday()).toBe(4);
  });
});
