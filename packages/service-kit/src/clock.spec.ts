import { expect, test } from 'vitest';
import { instantOf, systemClock, VirtualClock } from './clock.ts';

test('virtual time stands still until it is advanced, and both its readings move together', async () => {
  const clock = new VirtualClock('2026-05-01T00:00:00.000Z');
  expect(instantOf(clock)).toBe('2026-05-01T00:00:00.000Z');
  await clock.advance(61_000);
  expect(instantOf(clock)).toBe('2026-05-01T00:01:01.000Z');
  expect(clock.monotonicMs()).toBe(61_000);
});

test('timers run in order of their due time, ties in order of creation, each at its own time', async () => {
  const clock = new VirtualClock(0);
  const ran: [string, number][] = [];
  for (const [name, delay] of [
    ['c', 30],
    ['a', 10],
    ['b', 10],
    ['late', 31],
  ] as const)
    clock.setTimeout(() => ran.push([name, clock.now()]), delay);
  clock.setTimeout(() => ran.push(['cancelled', 0]), 5).cancel();
  await clock.advance(30);
  expect(ran).toEqual([
    ['a', 10],
    ['b', 10],
    ['c', 30],
  ]);
  expect(clock.pendingTimers).toBe(1);
});

test('a chain of sleeps is slept through in one advance', async () => {
  const clock = new VirtualClock(0);
  const woke: number[] = [];
  const sleeper = (async () => {
    for (let n = 0; n < 3; n++) {
      await clock.sleep(100);
      woke.push(clock.now());
    }
  })();
  await clock.advance(300);
  await sleeper;
  expect(woke).toEqual([100, 200, 300]);
});

test('a sleep ends with the reason of its abort', async () => {
  for (const clock of [new VirtualClock(0), systemClock]) {
    const stop = new AbortController();
    const sleep = clock.sleep(1_000_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow('enough');
  }
});
