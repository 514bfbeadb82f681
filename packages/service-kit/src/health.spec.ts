import { expect, test } from 'vitest';
import { createHealthRegistry } from './health.ts';

test('ready means that every check says so; the report says which does not', async () => {
  const health = createHealthRegistry();
  expect(await health.ready()).toEqual({ ready: true, checks: {} });
  health.register('bus', () => ({ ready: true }));
  health.register('database', async () => ({ ready: false, detail: 'no answer' }));
  health.register('broken', () => {
    throw new Error('a defect');
  });
  expect(await health.ready()).toEqual({
    ready: false,
    checks: {
      bus: { ready: true },
      database: { ready: false, detail: 'no answer' },
      broken: { ready: false, detail: 'a defect' },
    },
  });
  expect(health.live()).toEqual({ live: true });
});

test('a check that hangs is not ready', async () => {
  const health = createHealthRegistry();
  health.register('hanging', () => new Promise(() => {}));
  expect(await health.ready(10)).toEqual({
    ready: false,
    checks: { hanging: { ready: false, detail: 'no answer in 10 ms' } },
  });
});

test('a service that is stopping is alive, but not ready', async () => {
  const health = createHealthRegistry();
  health.register('bus', () => ({ ready: true }));
  health.drain();
  expect(await health.ready()).toMatchObject({
    ready: false,
    checks: { bus: { ready: true }, shutdown: { ready: false } },
  });
  expect(health.live()).toEqual({ live: true });
});
