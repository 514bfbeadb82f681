import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fullAgainAt, type Limit, limitPerMinute, nextTokenAt, tokensAt } from './bucket.ts';

const start = 1_764_000_000_000;

/** Takes as much as it may at each of the given moments. */
function sendGreedily(limit: Limit, waitsMs: readonly number[], stretch: number): number[] {
  const sent: number[] = [];
  let now = start;
  let fullAt = start;
  for (const wait of waitsMs) {
    now += wait;
    const count = Math.min(tokensAt(now, fullAt, limit), 100);
    for (let i = 0; i < count; i++) sent.push(now);
    fullAt = fullAgainAt(now, fullAt, limit, new Array<number>(count).fill(stretch));
  }
  return sent;
}
const mostInAnyMinute = (sent: readonly number[]): number =>
  Math.max(0, ...sent.map((from) => sent.filter((at) => at >= from && at < from + 60_000).length));

it('whatever the pauses, no 60 seconds have more messages than the limit of a minute', () => {
  const limits = fc.record({ perMinute: fc.integer({ min: 1, max: 80 }), burst: fc.integer({ min: 1, max: 20 }) });
  const waits = fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 20_000 })), {
    minLength: 1,
    maxLength: 150,
  });
  fc.assert(
    fc.property(limits, waits, fc.double({ min: 0, max: 2, noNaN: true }), ({ perMinute, burst }, each, stretch) => {
      const sent = sendGreedily(limitPerMinute(perMinute, burst), each, stretch);
      expect(mostInAnyMinute(sent)).toBeLessThanOrEqual(perMinute);
    }),
  );
});

it('a limit is used up nearly whole by who takes every token', () => {
  const sent = sendGreedily(limitPerMinute(30), new Array<number>(600).fill(1000), 0);
  expect(sent.length).toBe(300);
});

it('there is a token when it was said that there would be', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20 }), (perMinute, burst) => {
      const limit = limitPerMinute(perMinute, burst);
      const fullAt = fullAgainAt(start, start, limit, new Array<number>(limit.burst).fill(0));
      expect(tokensAt(start, fullAt, limit)).toBe(0);
      const next = nextTokenAt(fullAt, limit);
      expect(tokensAt(next, fullAt, limit)).toBe(1);
      expect(tokensAt(next - 1, fullAt, limit)).toBe(0);
    }),
  );
});

it('no time is saved up over a rest beyond the burst', () => {
  const limit = limitPerMinute(30, 3);
  expect(tokensAt(start + 86_400_000, start, limit)).toBe(3);
});
