import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDurationMs, parseDurationMs } from './duration.ts';

test('durations are read in every unit, and nothing else is', () => {
  expect(['250ms', '30s', '15m', '24h', '7d', '1.5s', '100'].map(parseDurationMs)).toEqual([
    250, 30_000, 900_000, 86_400_000, 604_800_000, 1_500, 100,
  ]);
  for (const text of ['', '-1s', '1w', 's', '1 s', '1s2', 'NaN']) expect(parseDurationMs(text)).toBeUndefined();
});

test('what is printed reads back as the same duration', () => {
  fc.assert(fc.property(fc.nat({ max: 10 ** 12 }), (ms) => parseDurationMs(formatDurationMs(ms)) === ms));
});
