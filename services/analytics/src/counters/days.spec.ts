import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastDays } from './days.ts';
import { bucketMs } from './projection.ts';

const hour = 3_600_000;
const at = (iso: string): number => Date.parse(iso);

describe('days of a time zone', () => {
  it('end with the day in which now lies, oldest first, labelled as in the documentation', () => {
    const { labels, boundaries } = lastDays(7, 'UTC', at('2024-01-14T10:00:00.000Z'));
    expect(labels).toEqual([
      'Mon, Jan 8',
      'Tue, Jan 9',
      'Wed, Jan 10',
      'Thu, Jan 11',
      'Fri, Jan 12',
      'Sat, Jan 13',
      'Sun, Jan 14',
    ]);
    expect(boundaries).toHaveLength(8);
    expect(boundaries[0]).toBe(at('2024-01-08T00:00:00.000Z'));
    expect(boundaries[7]).toBe(at('2024-01-15T00:00:00.000Z'));
  });

  it('begin at local midnight, quarter-hour offsets included', () => {
    expect(lastDays(1, 'Asia/Kolkata', at('2024-01-14T20:00:00.000Z'))).toEqual({
      labels: ['Mon, Jan 15'],
      boundaries: [at('2024-01-14T18:30:00.000Z'), at('2024-01-15T18:30:00.000Z')],
    });
    expect(lastDays(1, 'Asia/Kathmandu', at('2024-01-14T12:00:00.000Z')).boundaries[0]).toBe(
      at('2024-01-13T18:15:00.000Z'),
    );
  });

  it('have 23 or 25 hours when the clocks change', () => {
    const spring = lastDays(1, 'Europe/Berlin', at('2024-03-31T12:00:00.000Z')).boundaries;
    const autumn = lastDays(1, 'Europe/Berlin', at('2024-10-27T12:00:00.000Z')).boundaries;
    expect((spring[1] ?? 0) - (spring[0] ?? 0)).toBe(23 * hour);
    expect((autumn[1] ?? 0) - (autumn[0] ?? 0)).toBe(25 * hour);
  });

  it('begin when the clocks say so where midnight does not exist', () => {
    // Cairo went from 23:59:59 on 25 April 2024 to 01:00 on the 26th.
    expect(lastDays(1, 'Africa/Cairo', at('2024-04-26T12:00:00.000Z')).boundaries[0]).toBe(
      at('2024-04-25T22:00:00.000Z'),
    );
  });

  it('cover time without gap or overlap in every zone', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: at('2015-01-01T00:00:00.000Z'), max: at('2035-01-01T00:00:00.000Z') }),
        (zone, now) => {
          const { boundaries, labels } = lastDays(5, zone, now);
          expect(labels).toHaveLength(5);
          expect(boundaries.every((b) => b % bucketMs === 0)).toBe(true);
          expect(boundaries.slice(1).every((b, i) => b - (boundaries[i] ?? b) >= 22 * hour)).toBe(true);
          expect(now >= (boundaries[4] ?? 0) && now < (boundaries[5] ?? 0)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
