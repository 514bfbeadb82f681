import { expect, it } from 'vitest';
import { createThroughput } from './throughput.ts';

it('what is got through is what was got through while there was more to do', () => {
  const throughput = createThroughput();
  for (let look = 0; look <= 40; look++) throughput.look(look * 20, look * 100, true);
  expect(throughput.within(250)).toBeCloseTo(1_250, 0);
  for (let look = 1; look <= 40; look++) throughput.look(800 + look * 20, 4_000 + look, true);
  expect(throughput.within(250)).toBeCloseTo(12.5, 0);
});

it('a quiet time says nothing against a receiver', () => {
  const throughput = createThroughput();
  throughput.look(0, 0, false);
  throughput.look(20, 100, false);
  throughput.look(10_000, 101, false);
  expect(throughput.within(100)).toBe(500);
});
