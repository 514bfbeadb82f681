import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfSendingTime, nextSendingTime, type SendingHours } from './sending-hours.ts';

const at = (text: string): number => Date.parse(text);
const hours = (timeZone: string, from: string, to: string, days?: number[]): SendingHours => ({
  timeZone,
  between: { from, to },
  days,
});

/** Written without a look at the code under test. */
function localTime(atMs: number, timeZone: string) {
  const text = new Date(atMs).toLocaleString('sv-SE', { timeZone });
  return text.slice(11, 16);
}
const isWithin = (time: string, from: string, to: string): boolean =>
  from === to || (from < to ? time >= from && time < to : time >= from || time < to);

it('within the hours it is now, before them at their beginning, after them on the next day', () => {
  const india = hours('Asia/Kolkata', '09:00', '20:00');
  expect(nextSendingTime(at('2026-01-05T06:30:15.123Z'), india)).toBe(at('2026-01-05T06:30:15.123Z'));
  expect(nextSendingTime(at('2026-01-05T01:00:00.000Z'), india)).toBe(at('2026-01-05T03:30:00.000Z'));
  expect(nextSendingTime(at('2026-01-05T14:30:00.000Z'), india)).toBe(at('2026-01-06T03:30:00.000Z'));
});

it('hours that go over midnight are open on both sides of it', () => {
  const night = hours('UTC', '22:00', '06:00');
  expect(nextSendingTime(at('2026-01-05T23:00:00.000Z'), night)).toBe(at('2026-01-05T23:00:00.000Z'));
  expect(nextSendingTime(at('2026-01-05T05:59:59.999Z'), night)).toBe(at('2026-01-05T05:59:59.999Z'));
  expect(nextSendingTime(at('2026-01-05T06:00:00.000Z'), night)).toBe(at('2026-01-05T22:00:00.000Z'));
});

it('days on which is not sent are passed over', () => {
  const weekdays = hours('Europe/Berlin', '10:00', '12:00', [1, 2, 3, 4, 5]);
  // A Friday afternoon.
  expect(nextSendingTime(at('2026-01-09T15:00:00.000Z'), weekdays)).toBe(at('2026-01-12T09:00:00.000Z'));
});

it('the short part of a night that falls on a day of sending is found', () => {
  const night = hours('UTC', '23:50', '00:10', [1]);
  expect(nextSendingTime(at('2026-01-05T12:00:00.000Z'), night)).toBe(at('2026-01-05T23:50:00.000Z'));
  expect(endOfSendingTime(at('2026-01-05T23:55:00.000Z'), night)).toBe(at('2026-01-06T00:00:00.000Z'));
  expect(nextSendingTime(at('2026-01-06T00:00:00.000Z'), night)).toBe(at('2026-01-12T00:00:00.000Z'));
});

it('an hour that the clocks skip opens when they have skipped it', () => {
  // Berlin, 29 March 2026: 02:00 is followed by 03:00.
  const skipped = hours('Europe/Berlin', '02:15', '05:00');
  expect(nextSendingTime(at('2026-03-29T00:30:00.000Z'), skipped)).toBe(at('2026-03-29T01:00:00.000Z'));
});

describe('around every change of the clocks', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/Santiago', 'UTC'];
  const time = fc.integer({ min: 0, max: 95 }).map((q) => {
    const minutes = q * 15;
    return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  });
  // Weeks with a change in one of the zones, in 2026.
  const moment = fc
    .tuple(
      fc.constantFrom('2026-03-07', '2026-03-28', '2026-04-04', '2026-09-05', '2026-10-03', '2026-10-24', '2026-10-31'),
      fc.integer({ min: 0, max: 3 * 86_400_000 }),
    )
    .map(([day, offset]) => at(`${day}T00:00:00.000Z`) + offset);

  it('what was found lies within the hours, and nothing before it did', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), time, time, moment, (timeZone, from, to, now) => {
        const found = nextSendingTime(now, hours(timeZone, from, to))!;
        expect(found).toBeGreaterThanOrEqual(now);
        expect(isWithin(localTime(found, timeZone), from, to)).toBe(true);
        for (let before = now; before < found; before += 300_000)
          expect(isWithin(localTime(before, timeZone), from, to)).toBe(false);
      }),
    );
  });

  it('everything up to the end lies within the hours, the end does not', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), time, time, moment, (timeZone, from, to, now) => {
        const open = nextSendingTime(now, hours(timeZone, from, to))!;
        const end = endOfSendingTime(open, hours(timeZone, from, to));
        for (let inside = open; inside < (end ?? open + 86_400_000); inside += 300_000)
          expect(isWithin(localTime(inside, timeZone), from, to)).toBe(true);
        if (end !== undefined) expect(isWithin(localTime(end, timeZone), from, to)).toBe(false);
      }),
    );
  });
});

it('without hours it may always send, and there is no end', () => {
  const always: SendingHours = { timeZone: 'UTC', between: undefined, days: undefined };
  expect(nextSendingTime(5, always)).toBe(5);
  expect(endOfSendingTime(5, always)).toBeUndefined();
});
