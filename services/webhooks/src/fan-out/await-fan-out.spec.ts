import { VirtualClock } from '@wam/service-kit';
import { describe, expect, it } from 'vitest';
import { awaitFanOut } from './await-fan-out.ts';

const log = { incarnation: 'of this log', lastSeq: 7 };
function begin(checkpointAt: (readings: number) => { incarnation: string; seq: number } | undefined) {
  const clock = new VirtualClock(0);
  let readings = 0;
  const waiting = awaitFanOut({
    readLog: async () => log,
    readCheckpoint: async () => checkpointAt(readings++),
    clock,
    patienceMs: 1_000,
  });
  return { clock, waiting };
}

describe('waiting for the rows of what is in the log', () => {
  it('ends when the checkpoint is where the log ended at the call', async () => {
    const { clock, waiting } = begin((readings) => ({ incarnation: log.incarnation, seq: 5 + readings }));
    await clock.advance(100);
    expect(await waiting).toBe(true);
    expect(clock.now()).toBe(100);
  });

  it.each([
    ['before it', { incarnation: log.incarnation, seq: 6 }],
    ['of another log', { incarnation: 'another', seq: 9 }],
    ['not there', undefined],
  ])('is given up after its time while the checkpoint is %s', async (_, checkpoint) => {
    const { clock, waiting } = begin(() => checkpoint);
    await clock.advance(1_000);
    expect(await waiting).toBe(false);
  });
});
