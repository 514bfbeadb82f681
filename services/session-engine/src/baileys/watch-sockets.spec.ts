import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSocketWatch, decideWatch, defaultWatchTimes } from './watch-sockets.ts';

const fine = { quietForMs: 0, isAsked: false, unacknowledgedForMs: 0 };

describe('An open connection', () => {
  it.each([
    ['that received something lately is left alone', fine, 'nothing'],
    ['that is quiet is asked for a sign of life', { ...fine, quietForMs: 25_000 }, 'probe'],
    ['that was asked is not asked again', { ...fine, quietForMs: 26_000, isAsked: true }, 'nothing'],
    [
      'whose messages wait for their acknowledgement is left alone',
      { ...fine, unacknowledgedForMs: 39_000 },
      'nothing',
    ],
    ['that acknowledges no message is given up, lively or not', { ...fine, unacknowledgedForMs: 40_000 }, 'give-up'],
  ] as const)('%s', (_, observed, decision) => expect(decideWatch(observed, defaultWatchTimes)).toBe(decision));
});

describe('A watched socket', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const watched = (answers: boolean) => {
    const watch = createSocketWatch(defaultWatchTimes, () => Date.now());
    const calls = { probes: 0, givenUp: 0 };
    const pulse = watch.watch({
      probe: (timeoutMs) => {
        calls.probes += 1;
        if (answers) return Promise.resolve();
        return new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), timeoutMs));
      },
      giveUp: () => {
        calls.givenUp += 1;
      },
    });
    return { pulse, calls };
  };

  it('that answers stays, for ever', async () => {
    const { pulse, calls } = watched(true);
    pulse.opened();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(calls.probes).toBeGreaterThan(9);
    expect(calls.givenUp).toBe(0);
    pulse.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that does not answer is given up once, within 36 s', async () => {
    const { pulse, calls } = watched(false);
    pulse.opened();
    await vi.advanceTimersByTimeAsync(36_000);
    expect(calls).toEqual({ probes: 1, givenUp: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that receives something while it is asked stays', async () => {
    const { pulse, calls } = watched(false);
    pulse.opened();
    await vi.advanceTimersByTimeAsync(30_000);
    pulse.received();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls.givenUp).toBe(0);
  });

  it('that waits for its QR code to be scanned is kept alive, and never given up', async () => {
    const { calls } = watched(false);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(calls.probes).toBeGreaterThan(2);
    expect(calls.givenUp).toBe(0);
  });

  it('is deaf when none of its messages is acknowledged, not when one of them is not', async () => {
    const { pulse, calls } = watched(true);
    pulse.opened();
    pulse.written('swallowed');
    for (let n = 0; n < 10; n++) {
      pulse.written(`fine ${n}`);
      await vi.advanceTimersByTimeAsync(10_000);
      pulse.acknowledged(`fine ${n}`);
    }
    expect(calls.givenUp).toBe(0);
    await vi.advanceTimersByTimeAsync(41_000);
    expect(calls.givenUp).toBe(1);
  });

  it('is deaf although receipts of earlier messages come', async () => {
    const { pulse, calls } = watched(true);
    pulse.opened();
    pulse.written('earlier');
    pulse.acknowledged('earlier');
    pulse.written('swallowed');
    for (let n = 0; n < 5; n++) {
      await vi.advanceTimersByTimeAsync(10_000);
      pulse.acknowledged('earlier');
    }
    expect(calls.givenUp).toBe(1);
  });
});
