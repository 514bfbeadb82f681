import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSocketWatch, decideWatch, defaultWatchTimes } from './watch-sockets.ts';

const fine = { quietForMs: 0, askedForMs: undefined, unacknowledgedForMs: 0 };

describe('An open connection', () => {
  it.each([
    ['that received something lately is left alone', fine, 'nothing'],
    ['that is quiet is asked for a sign of life', { ...fine, quietForMs: 25_000 }, 'probe'],
    ['that was asked is not asked again', { ...fine, quietForMs: 26_000, askedForMs: 1_000 }, 'nothing'],
    ['that was asked and gives no answer is given up', { ...fine, quietForMs: 35_000, askedForMs: 10_000 }, 'give-up'],
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
  const handshaking = (answers: boolean) => {
    const watch = createSocketWatch(defaultWatchTimes, () => Date.now());
    const calls = { probes: 0, givenUp: 0 };
    const pulse = watch.watch({
      probe: (timeoutMs) => {
        calls.probes += 1;
        if (answers) pulse.received();
        return new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), timeoutMs));
      },
      giveUp: () => {
        calls.givenUp += 1;
      },
    });
    return { pulse, calls };
  };
  const watched = (answers: boolean) => {
    const { pulse, calls } = handshaking(answers);
    pulse.received();
    return { pulse, calls };
  };

  it('that is still in its handshake is asked nothing: a stanza would break it off', async () => {
    const { pulse, calls } = handshaking(true);
    await vi.advanceTimersByTimeAsync(39_000);
    expect(calls.probes).toBe(0);
    pulse.received();
    await vi.advanceTimersByTimeAsync(26_000);
    expect(calls.probes).toBe(1);
  });

  it.each([
    ['to hear something', 24_000],
    ['to hear the answer', 33_000],
  ])('is not given up for a stall of its own process, and has all its time %s', async (_, beforeMs) => {
    const { pulse, calls } = watched(false);
    pulse.opened();
    await vi.advanceTimersByTimeAsync(beforeMs);
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(35_000 - beforeMs - 1_000);
    expect(calls.givenUp).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(calls).toEqual({ probes: 1, givenUp: 1 });
  });

  it('has all its time to hear acknowledgements, whatever its process does', async () => {
    const { pulse, calls } = watched(true);
    pulse.opened();
    pulse.written('slow');
    await vi.advanceTimersByTimeAsync(10_000);
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(calls.givenUp).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(calls.givenUp).toBe(1);
  });

  it('that answers stays, for ever', async () => {
    const { pulse, calls } = watched(true);
    pulse.opened();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(calls.probes).toBeGreaterThan(9);
    expect(calls.givenUp).toBe(0);
    pulse.end();
    await vi.advanceTimersByTimeAsync(10_000);
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
