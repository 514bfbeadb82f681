import { expect, it } from 'vitest';
import { meanStretch, stretchOf } from './irregularity.ts';

const stretches = Array.from({ length: 2000 }, (_, count) => stretchOf('cmp/session', count, 0.3));

it('pauses are never shorter than the pace asks, and at most five times the jitter longer', () => {
  for (const stretch of stretches) {
    expect(stretch).toBeGreaterThanOrEqual(0);
    expect(stretch).toBeLessThanOrEqual(0.3 * 5);
  }
});

it('most pauses stay within the jitter, about one in twenty is a longer one', () => {
  const long = stretches.filter((stretch) => stretch > 0.3).length;
  expect(long).toBeGreaterThan(50);
  expect(long).toBeLessThan(160);
});

it('over many messages they are as much longer as is said', () => {
  const mean = stretches.reduce((sum, stretch) => sum + stretch, 0) / stretches.length;
  expect(mean / meanStretch(0.3)).toBeGreaterThan(0.9);
  expect(mean / meanStretch(0.3)).toBeLessThan(1.1);
});

it('without jitter pauses are regular, and the same message has the same pause each time', () => {
  expect(stretchOf('cmp/session', 7, 0)).toBe(0);
  expect(stretchOf('cmp/session', 7, 0.3)).toBe(stretches[7]);
});
