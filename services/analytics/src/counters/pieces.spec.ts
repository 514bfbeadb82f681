import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastDays } from './days.ts';
import { piecesOf, quarterMinutes } from './pieces.ts';
import { bucketMs } from './projection.ts';

const minute = 60_000;

test('a day of India is four quarters, five hours and three times six hours', () => {
  const { boundaries } = lastDays(1, 'Asia/Kolkata', Date.parse('2026-11-27T10:00:00Z'));
  const pieces = piecesOf(boundaries[0]!, boundaries[1]!);
  expect(pieces.map(({ spanMinutes, from, to }) => [spanMinutes, (to - from) / (spanMinutes * minute)])).toEqual([
    [15, 2],
    [60, 5],
    [360, 3],
    [15, 2],
  ]);
});

test('pieces cover a span without gap or overlap, each on multiples of its length, and few of them are quarters', () => {
  const quarters = fc.integer({ min: 0, max: 2_000_000 });
  fc.assert(
    fc.property(quarters, fc.integer({ min: 0, max: 2_000 }), (start, count) => {
      const [from, to] = [start * bucketMs, (start + count) * bucketMs];
      const pieces = piecesOf(from, to);
      let at = from;
      for (const piece of pieces) {
        expect(piece.from).toBe(at);
        expect(piece.to).toBeGreaterThan(piece.from);
        expect([piece.from % (piece.spanMinutes * minute), piece.to % (piece.spanMinutes * minute)]).toEqual([0, 0]);
        at = piece.to;
      }
      expect(at).toBe(to);
      const rows = (minutes: number) =>
        pieces
          .filter(({ spanMinutes }) => spanMinutes === minutes)
          .reduce((sum, piece) => sum + (piece.to - piece.from) / (minutes * minute), 0);
      expect(rows(quarterMinutes)).toBeLessThanOrEqual(6);
      expect(rows(60)).toBeLessThanOrEqual(10);
    }),
  );
});

test('what does not lie on quarters is refused', () => {
  expect(() => piecesOf(1, bucketMs)).toThrow(RangeError);
});
