import { internalRequests, reservedAheadMs, type ServiceReply } from '@wam/contracts';
import { createSilentLogger, VirtualClock } from '@wam/service-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMessageQuota, isReservation, type MessageQuota } from './message-quota.ts';

const resetsAt = '2026-01-02T00:00:00.000Z';

/** Counts as auth does: one account, all or nothing, and ahead as long as there is `plenty` beyond it. */
function countingAuth(limit: number, { plenty = Number.POSITIVE_INFINITY, day = '2026-01-01' } = {}) {
  const auth = { used: 0, questions: [] as number[], away: false, day };
  const clock = new VirtualClock('2026-01-01T23:00:00.000Z');
  const quota = createMessageQuota({
    clock,
    logger: createSilentLogger(),
    async askAuth(operation, { body }): Promise<ServiceReply> {
      const { count, ahead: wanted = 0 } = body as { count: number; ahead?: number };
      const ahead = auth.used + count + wanted + plenty <= limit ? wanted : 0;
      await new Promise(setImmediate);
      if (auth.away) return { ok: false, code: 'SERVICE_UNAVAILABLE' };
      if (operation === internalRequests.releaseMessages) {
        auth.used -= count;
        return { ok: true, status: 200, body: {} };
      }
      auth.questions.push(count);
      const details = { limit, used: auth.used, resetsAt };
      if (auth.used + count > limit) return { ok: false, code: 'DAILY_LIMIT_REACHED', details };
      auth.used += count + ahead;
      return { ok: true, status: 200, body: { day: auth.day, limit, used: auth.used, resetsAt, ahead } };
    },
  });
  return { auth, quota, clock };
}
const nextTurns = async (turns: number) => {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
};
const reserveAll = (quota: MessageQuota, counts: readonly number[]) =>
  Promise.all(counts.map(async (count) => quota.reserve('t', count)));

describe('messages of the daily quota', () => {
  test('are asked for together by all who send at the same moment', async () => {
    const { auth, quota } = countingAuth(1_000);
    await reserveAll(quota, Array(100).fill(1));
    expect(auth.questions).toEqual([100]);
  });

  test('are asked for one question at a time, whoever comes meanwhile', async () => {
    const { auth, quota } = countingAuth(1_000);
    const first = quota.reserve('t', 1);
    await new Promise(setImmediate);
    const later = [1, 2, 3].map((count) => quota.reserve('t', count));
    await Promise.all([first, ...later]);
    expect(auth.questions).toEqual([1, 6]);
  });

  test('go to the first that fit when they do not last for all; the others learn when the day ends', async () => {
    const { auth, quota } = countingAuth(50);
    const outcomes = await reserveAll(quota, Array(80).fill(1));
    expect(outcomes.map(isReservation)).toEqual([...Array(50).fill(true), ...Array(30).fill(false)]);
    expect(outcomes.at(-1)).toEqual({
      code: 'DAILY_LIMIT_REACHED',
      details: { limit: 50, used: 0, resetsAt, retryAfterSeconds: 3_600 },
    });
    expect(auth.used).toBe(50);
  });

  test('are given whole or not at all, and never more than there are, in any mixture over several gateways', async () => {
    const counts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), counts, counts, async (limit, here, there) => {
        const { auth, quota } = countingAuth(limit);
        const outcomes = await Promise.all([reserveAll(quota, here), reserveAll(quota, there)]);
        const granted = [...here, ...there].filter((_, i) => isReservation(outcomes.flat()[i]!));
        expect(granted.reduce((a, b) => a + b, 0)).toBe(auth.used);
        expect(auth.used).toBeLessThanOrEqual(limit);
        const refused = [...here, ...there].filter((_, i) => !isReservation(outcomes.flat()[i]!));
        for (const count of refused) expect(auth.used + count).toBeGreaterThan(limit);
      }),
    );
  });

  test('that were not needed are given back, together', async () => {
    const { auth, quota } = countingAuth(50);
    const reservations = await reserveAll(quota, [1, 1, 3]);
    for (const reservation of reservations.slice(1)) if (isReservation(reservation)) reservation.giveBackOne();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(auth.used).toBe(3);
  });

  test('are reserved ahead in a flood, so that who comes next finds some without a question', async () => {
    const { auth, quota } = countingAuth(10_000, { plenty: 1_000 });
    await reserveAll(quota, Array(20).fill(1));
    const reservation = quota.reserve('t', 10);
    expect(reservation).not.toBeInstanceOf(Promise);
    expect(auth.questions).toEqual([20]);
    expect(auth.used).toBeGreaterThan(30);
  });

  test('are asked for again before those that were reserved ahead have run out', async () => {
    const { auth, quota } = countingAuth(10_000, { plenty: 1_000 });
    await reserveAll(quota, Array(20).fill(1));
    for (let sent = 0; sent < 2_000; sent++) {
      expect(quota.reserve('t', 1)).not.toBeInstanceOf(Promise);
      if (sent % 10 === 0) await nextTurns(2);
    }
    expect(auth.questions.length).toBeLessThan(50);
  });

  test('are not asked for while there are enough, however many wait', async () => {
    const { auth, quota, clock } = countingAuth(1_000_000, { plenty: 1_000 });
    for (let turn = 0; turn < 200; turn++) {
      for (let n = 0; n < 60; n++) void quota.reserve('t', 1);
      await nextTurns(1);
    }
    await nextTurns(4);
    expect(auth.used).toBeLessThan(200 * 60 + 2 * 256);
    await clock.advance(2 * reservedAheadMs);
    await nextTurns(2);
    expect(auth.used).toBe(200 * 60);
  });

  test('that were reserved ahead are given back when the flood is over', async () => {
    const { auth, quota, clock } = countingAuth(10_000, { plenty: 1_000 });
    await reserveAll(quota, Array(20).fill(1));
    await quota.reserve('t', 5);
    await clock.advance(reservedAheadMs);
    await nextTurns(2);
    expect(auth.used).toBe(25);
    expect(clock.pendingTimers).toBe(0);
  });

  test('that were reserved ahead are given back when the gateway stops', async () => {
    const { auth, quota, clock } = countingAuth(10_000, { plenty: 1_000 });
    await reserveAll(quota, Array(20).fill(1));
    await quota.reserve('t', 100); // more are being asked for
    await quota.close();
    expect(auth.used).toBe(120);
    expect(clock.pendingTimers).toBe(0);
  });

  test('that were reserved ahead are not used for the day after', async () => {
    const { auth, quota, clock } = countingAuth(10_000, { plenty: 1_000 });
    await clock.advance(3_600_000 - 50);
    await reserveAll(quota, Array(20).fill(1));
    await clock.advance(50);
    auth.day = '2026-01-02';
    await quota.reserve('t', 1);
    expect(auth.questions).toEqual([20, 1]);
    await nextTurns(2);
    expect(auth.used).toBe(21);
  });

  test('serve a bulk together with those that were reserved ahead, and none of them twice', async () => {
    const amounts = fc.array(fc.record({ count: fc.integer({ min: 1, max: 300 }), pause: fc.nat(3) }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 100, max: 4_000 }), amounts, async (limit, sends) => {
        const { auth, quota, clock } = countingAuth(limit, { plenty: 200 });
        const outcomes: Promise<{ count: number; given: boolean }>[] = [];
        for (const { count, pause } of sends) {
          const outcome = quota.reserve('t', count);
          outcomes.push(Promise.resolve(outcome).then((found) => ({ count, given: isReservation(found) })));
          await nextTurns(pause);
        }
        const settled = await Promise.all(outcomes);
        await clock.advance(2 * reservedAheadMs);
        await nextTurns(2);
        const given = settled.filter((each) => each.given).reduce((sum, { count }) => sum + count, 0);
        expect(given).toBe(auth.used);
        expect(auth.used).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test('are refused to everybody while auth is away', async () => {
    const { auth, quota } = countingAuth(50);
    auth.away = true;
    expect(await reserveAll(quota, [1, 1])).toEqual([{ code: 'SERVICE_UNAVAILABLE' }, { code: 'SERVICE_UNAVAILABLE' }]);
    auth.away = false;
    expect(isReservation(await quota.reserve('t', 1))).toBe(true);
  });
});
