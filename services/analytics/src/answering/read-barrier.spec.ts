import { VirtualClock } from '@wam/service-kit';
import { describe, expect, it } from 'vitest';
import { createProgress } from '../projecting/progress.ts';
import { createReadBarrier, shareNext } from './read-barrier.ts';

const timeoutMs = 1_000;

function setUp(readCheckpoint: () => Promise<number> = () => Promise.resolve(0)) {
  const clock = new VirtualClock();
  const progress = createProgress({ readCheckpoint, clock });
  return { clock, progress };
}

describe('the read barrier', () => {
  it('opens when the projector has reached the head of the log', async () => {
    const { clock, progress } = setUp();
    progress.setReporting(true);
    const passed = createReadBarrier({ readHead: () => Promise.resolve(5), progress, clock, timeoutMs })();
    let open = false;
    void passed.then(() => {
      open = true;
    });
    await clock.advance(100);
    progress.report(4);
    await clock.advance(100);
    expect(open).toBe(false);
    progress.report(5);
    expect(await passed).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives way when its time is over, whether the projector or the log keeps it waiting', async () => {
    for (const readHead of [() => Promise.resolve(5), () => new Promise<number>(() => {})]) {
      const { clock, progress } = setUp();
      progress.setReporting(true);
      const passed = createReadBarrier({ readHead, progress, clock, timeoutMs })();
      await clock.advance(timeoutMs);
      expect(await passed).toBe(false);
    }
  });

  it('does not hold up queries when projections have halted, or the head cannot be read', async () => {
    const { clock, progress } = setUp();
    progress.halt();
    expect(await createReadBarrier({ readHead: () => Promise.resolve(5), progress, clock, timeoutMs })()).toBe(false);
    expect(
      await createReadBarrier({ readHead: () => Promise.reject(new Error('down')), progress, clock, timeoutMs })(),
    ).toBe(false);
  });

  it('waits anew for what was projected before a failure that may have undone it', async () => {
    const { clock, progress } = setUp(() => Promise.resolve(3));
    progress.report(5);
    progress.forget();
    const barrier = createReadBarrier({ readHead: () => Promise.resolve(5), progress, clock, timeoutMs });
    let passed: boolean | undefined;
    const passing = barrier().then((isUpToDate) => {
      passed = isUpToDate;
    });
    await clock.advance(20);
    expect(passed).toBeUndefined();
    progress.report(5);
    await passing;
    expect(passed).toBe(true);
  });

  it('follows the checkpoint while another process projects', async () => {
    let checkpoint = 3;
    const { clock, progress } = setUp(() => Promise.resolve(checkpoint));
    const passed = createReadBarrier({ readHead: () => Promise.resolve(5), progress, clock, timeoutMs })();
    await clock.advance(20);
    checkpoint = 5;
    await clock.advance(20);
    expect(await passed).toBe(true);
  });
});

describe('asking together', () => {
  it('shares one call, but never one that began before the asker asked', async () => {
    const calls: PromiseWithResolvers<number>[] = [];
    const ask = shareNext(() => {
      const call = Promise.withResolvers<number>();
      calls.push(call);
      return call.promise;
    });
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    const first = ask();
    await settle();
    const [second, third] = [ask(), ask()];
    await settle();
    expect(calls).toHaveLength(1);
    calls[0]?.resolve(1);
    await settle();
    expect(calls).toHaveLength(2);
    calls[1]?.resolve(2);
    expect(await Promise.all([first, second, third])).toEqual([1, 2, 2]);
  });

  it('recovers from a call that failed', async () => {
    let healthy = false;
    const ask = shareNext(() => (healthy ? Promise.resolve(1) : Promise.reject(new Error('down'))));
    await expect(ask()).rejects.toThrow('down');
    healthy = true;
    expect(await ask()).toBe(1);
  });
});
