import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfLocalDay, isTimeZone, localDayAt } from './local-day.ts';

const at = (iso: string): number => Date.parse(iso);
const hoursOf = (day: string, zone: string): number => {
  const before = new Date(at(day) - 86_400_000).toISOString().slice(0, 10);
  return (endOfLocalDay(day, zone) - endOfLocalDay(before, zone)) / 3_600_000;
};

describe('the day of an account', () => {
  it('is the date of its own calendar', () => {
    const now = at('2026-03-01T20:00:00.000Z');
    expect(localDayAt(now, 'UTC')).toBe('2026-03-01');
    expect(localDayAt(now, 'Asia/Kolkata')).toBe('2026-03-02');
    expect(localDayAt(now, 'Pacific/Kiritimati')).toBe('2026-03-02');
    expect(localDayAt(now, 'Pacific/Pago_Pago')).toBe('2026-03-01');
  });

  it('ends at its own midnight', () => {
    expect(endOfLocalDay('2026-03-01', 'UTC')).toBe(at('2026-03-02T00:00:00.000Z'));
    expect(endOfLocalDay('2026-03-01', 'Asia/Kolkata')).toBe(at('2026-03-01T18:30:00.000Z'));
    expect(endOfLocalDay('2026-03-01', 'America/New_York')).toBe(at('2026-03-02T05:00:00.000Z'));
  });

  it('has 23 or 25 hours when the clocks change', () => {
    expect(hoursOf('2026-03-29', 'Europe/Berlin')).toBe(23);
    expect(hoursOf('2026-10-25', 'Europe/Berlin')).toBe(25);
    expect(hoursOf('2026-10-04', 'Australia/Lord_Howe')).toBe(23.5);
  });

  it('begins with the first instant that exists where midnight does not', () => {
    // Cairo, 2026-04-24: at 00:00 the clocks go to 01:00.
    expect(endOfLocalDay('2026-04-23', 'Africa/Cairo')).toBe(at('2026-04-23T22:00:00.000Z'));
    expect(hoursOf('2026-04-24', 'Africa/Cairo')).toBe(23);
  });

  it('that was skipped by its zone has no length', () => {
    expect(hoursOf('2011-12-30', 'Pacific/Apia')).toBe(0);
    expect(hoursOf('2011-12-31', 'Pacific/Apia')).toBe(24);
  });

  const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'UTC', 'Asia/Kolkata');
  const instants = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z') });

  it('lasts until the date is another one, and no longer, in every zone and around every change of clocks', () => {
    fc.assert(
      fc.property(zones, instants, (zone, now) => {
        const day = localDayAt(now, zone);
        const end = endOfLocalDay(day, zone);
        expect(end).toBeGreaterThan(now);
        expect(localDayAt(end - 1, zone)).toBe(day);
        expect(localDayAt(end, zone) > day).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never comes back: the date of a zone does not go down as time goes on', () => {
    fc.assert(
      fc.property(zones, instants, fc.integer({ min: 0, max: 7 * 86_400_000 }), (zone, now, later) => {
        expect(localDayAt(now + later, zone) >= localDayAt(now, zone)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a time zone', () => {
  it('is an IANA name, in any case', () => {
    for (const name of ['UTC', 'Asia/Kolkata', 'europe/berlin', 'America/Argentina/Buenos_Aires'])
      expect(isTimeZone(name), name).toBe(true);
  });
  it('is no offset and no nonsense', () => {
    for (const name of ['+05:30', '-03', '', 'Mars/Olympus', '__proto__', 'Asia/Kolkata ', 'Asia/\u0000'])
      expect(isTimeZone(name), name).toBe(false);
  });
});
