import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evolve, type MessageRow } from '../message/projection.ts';
import { instant, messageEvent, messageIdOf, sessionIdOf, tenantA } from '../testing/histories.ts';
import { binOf, latencyTransitions, middleOf, percentilesOf } from './projection.ts';

const ids = { sessionId: sessionIdOf(0), messageId: messageIdOf(1), waMessageId: 'w' };
const acceptedAt = instant(0);
const sentAt = (ms: number) => messageEvent('MessageSent', instant(ms), { ...ids, acceptedAt });
const deliveredAt = (ms: number) => messageEvent('MessageDelivered', instant(ms), ids);
const after = (row: MessageRow | undefined, event: ReturnType<typeof sentAt>) => evolve(row, event, () => undefined);

describe('the latency of a message', () => {
  it('counts in the hour of its acceptance, stage by stage', () => {
    const row = after(after(undefined, sentAt(100)), deliveredAt(1_100));
    expect(latencyTransitions([{ before: undefined, after: row }])).toEqual([
      {
        tenant: tenantA,
        sessionId: ids.sessionId,
        hourAt: '2024-01-08T23:00:00.000Z',
        histograms: { sent: { [binOf(100)]: 1 }, delivered: { [binOf(1_000)]: 1 } },
      },
    ]);
  });

  it('moves to another bin when an earlier instant becomes known', () => {
    const before = after(undefined, sentAt(900));
    const corrected = after(before, sentAt(100));
    expect(latencyTransitions([{ before, after: corrected }])).toMatchObject([
      { histograms: { sent: { [binOf(900)]: -1, [binOf(100)]: 1 } } },
    ]);
  });

  it('is not counted again when a receipt is repeated', () => {
    const before = after(after(undefined, sentAt(100)), deliveredAt(500));
    expect(latencyTransitions([{ before, after: after(before, deliveredAt(900)) }])).toEqual([]);
  });

  it('is none, not less than none, when the clocks of two processes disagree', () => {
    const row = after(after(undefined, sentAt(100)), deliveredAt(40));
    expect(latencyTransitions([{ before: undefined, after: row }])).toMatchObject([
      { histograms: { delivered: { 0: 1 } } },
    ]);
  });
});

describe('a percentile', () => {
  it('is at most 9.1 % off, from a millisecond to five days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 432_000_000 }), (ms) => {
        const shown = middleOf(binOf(ms));
        // Rounding to whole milliseconds adds half of one.
        expect(Math.abs(shown - ms)).toBeLessThanOrEqual(ms * 0.0906 + 0.5);
      }),
    );
  });

  it('is the smallest value that the asked share does not exceed', () => {
    const bins = { [binOf(10)]: 98, [binOf(1_000)]: 1, [binOf(60_000)]: 1 };
    const at = (ms: number) => middleOf(binOf(ms));
    expect(percentilesOf(bins)).toEqual({ count: 100, p50Ms: at(10), p95Ms: at(10), p99Ms: at(1_000) });
  });

  it('of nothing is unknown', () => {
    expect(percentilesOf()).toEqual({ count: 0, p50Ms: null, p95Ms: null, p99Ms: null });
  });
});
