import { internalRequests, type ServiceReply } from '@wam/contracts';
import { createSilentLogger, VirtualClock } from '@wam/service-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMessageQuota, isReservation, type MessageQuota } from './message-quota.ts';

const clock = new VirtualClock('2026-01-01T23:00:00.000Z');
const resetsAt = '2026-01-02T00:00:00.000Z';

/** Counts as auth does: one account, all or nothing. */
function countingAuth(limit: number) {
  const auth = { used: 0, questions: [] as number[], away: false };
  const quota = createMessageQuota({
    clock,
    logger: createSilentLogger(),
    async askAuth(operation, { body }): Promise<ServiceReply> {
      const { count } = body as { count: number };
      await new Promise(setImmediate);
      if (auth.away) return { ok: false, code: 'SERVICE_UNAVAILABLE' };
      if (operation === internalRequests.releaseMessages) {
        auth.used -= count;
        return { ok: true, status: 200, body: {} };
      }
      auth.questions.push(count);
      const details = { limit, used: auth.used, resetsAt };
      if (auth.used + count > limit) return { ok: false, code: 'DAILY_LIMIT_REACHED', details };
      auth.used += count;
      return { ok: true, status: 200, body: { day: '2026-01-01', limit, used: auth.used, resetsAt } };
    },
  });
  return { auth, quota };
}
const reserveAll = (quota: MessageQuota, counts: readonly number[]) =>
  Promise.all(counts.map((count) => quota.reserve('t', count)));

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

  test('are refused to everybody while auth is away', async () => {
    const { auth, quota } = countingAuth(50);
    auth.away = true;
    expect(await reserveAll(quota, [1, 1])).toEqual([{ code: 'SERVICE_UNAVAILABLE' }, { code: 'SERVICE_UNAVAILABLE' }]);
    auth.away = false;
    expect(isReservation(await quota.reserve('t', 1))).toBe(true);
  });
});
