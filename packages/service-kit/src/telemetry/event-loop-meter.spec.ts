import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createEventLoopMeter } from './event-loop-meter.ts';

const block = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test('a loop that was blocked shows, once', async () => {
  const meter = createEventLoopMeter();
  await sleep(50);
  meter.read();
  // The first interval after a reading is not measured.
  await sleep(50);
  block(150);
  await sleep(50);
  expect(meter.read().maxMs).toBeGreaterThan(100);
  await sleep(50);
  expect(meter.read().maxMs).toBeLessThan(100);
});
