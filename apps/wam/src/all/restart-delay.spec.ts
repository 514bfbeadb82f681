import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextEndsInARow, recoveredAfterMs, restartDelayMs } from './restart-delay.ts';

it('the first restart comes at once, later ones are further and further apart, up to a bound', () => {
  expect(restartDelayMs(1)).toBeLessThan(1000);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (ends) => {
      expect(restartDelayMs(ends + 1)).toBeGreaterThanOrEqual(restartDelayMs(ends));
      expect(restartDelayMs(ends)).toBeLessThanOrEqual(15_000);
    }),
  );
});

it('a part that had recovered starts over', () => {
  expect(nextEndsInARow(7, recoveredAfterMs)).toBe(1);
  expect(nextEndsInARow(7, recoveredAfterMs - 1)).toBe(8);
});
