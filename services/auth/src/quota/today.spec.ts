import { endOfLocalDay, localDayAt } from '@wam/service-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createToday } from './today.ts';

const zones = ['UTC', 'Asia/Kolkata', 'America/New_York', 'Pacific/Kiritimati', 'Africa/Cairo', 'Pacific/Apia'];

test('the day is the one of the calendar, whatever was asked before', () => {
  const atMs = fc.integer({ min: Date.UTC(2011, 11, 28), max: Date.UTC(2012, 0, 3) });
  fc.assert(
    fc.property(fc.array(fc.tuple(atMs, fc.constantFrom(...zones)), { maxLength: 30 }), (questions) => {
      const today = createToday();
      for (const [nowMs, zone] of questions) {
        const day = localDayAt(nowMs, zone);
        const resetsAt = new Date(endOfLocalDay(day, zone)).toISOString();
        expect(today(nowMs, zone)).toMatchObject({ day, resetsAt });
      }
    }),
  );
});

test('it ends with its last millisecond', () => {
  const today = createToday();
  expect(today(Date.UTC(2026, 0, 1, 12), 'UTC')).toMatchObject({ day: '2026-01-01' });
  expect(today(Date.UTC(2026, 0, 2) - 1, 'UTC')).toMatchObject({ day: '2026-01-01' });
  expect(today(Date.UTC(2026, 0, 2), 'UTC')).toMatchObject({ day: '2026-01-02', resetsAt: '2026-01-03T00:00:00.000Z' });
});
