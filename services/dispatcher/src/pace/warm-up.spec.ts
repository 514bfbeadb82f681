import { expect, it } from 'vitest';
import { nextWarmUpDayAt, warmUpOf } from './warm-up.ts';

const dayMs = 86_400_000;

it('a new session may send more each day than the day before', () => {
  const days = Array.from({ length: 10 }, (_, day) => warmUpOf(day * dayMs, 0)!);
  expect(days.map(({ day }) => day)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(days[0]).toEqual({ day: 0, messagesPerDay: 50, messagesPerMinute: 4 });
  for (const [i, { messagesPerDay, messagesPerMinute }] of days.entries()) {
    expect(messagesPerDay).toBeGreaterThan(days[i - 1]?.messagesPerDay ?? 0);
    expect(messagesPerMinute).toBeGreaterThan(days[i - 1]?.messagesPerMinute ?? 0);
  }
});

it('after ten days it is like any other', () => {
  expect(warmUpOf(10 * dayMs, 0)).toBeUndefined();
  expect(warmUpOf(10 * dayMs - 1, 0)).toBeDefined();
});

it('the next day begins a whole number of days after the first connection', () => {
  expect(nextWarmUpDayAt(5000, 0)).toBe(5000 + dayMs);
  expect(warmUpOf(nextWarmUpDayAt(5000, 0), 5000)?.day).toBe(1);
  expect(warmUpOf(nextWarmUpDayAt(5000, 0) - 1, 5000)?.day).toBe(0);
});
