import { createSilentLogger, Secret, VirtualClock } from '@wam/service-kit';
import { findFreePort } from '@wam/testkit';
import { expect, test } from 'vitest';
import { connectSharedCounts } from './shared-counts.ts';

test('after a failure Redis is left alone for a second, however much is counted meanwhile', async () => {
  const clock = new VirtualClock();
  const url = new Secret(`redis://127.0.0.1:${await findFreePort()}`);
  const shared = connectSharedCounts({ url, commandTimeoutMs: 50 }, clock, createSilentLogger());
  shared.failed();
  for (let passedMs = 100; passedMs < 1_000; passedMs += 100) {
    await clock.advance(100);
    expect(shared.usable()).toBe(false);
    shared.failed();
  }
  await clock.advance(100);
  expect(shared.usable()).toBe(true);
  shared.close();
});
