import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSampled, spanIdOf, traceIdOf } from './trace-ids.ts';

test('ids have the form of W3C Trace Context and are the same each time', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (trace, span) => {
      expect(traceIdOf(trace)).toMatch(/^[0-9a-f]{32}$/);
      expect(spanIdOf(trace, span)).toMatch(/^[0-9a-f]{16}$/);
      expect(spanIdOf(trace, span)).toBe(spanIdOf(trace, span));
    }),
  );
});

test('the same span in another trace has another id', () => {
  expect(spanIdOf('a', 'request:1')).not.toBe(spanIdOf('b', 'request:1'));
});

test('a trace that a ratio takes is taken by every higher one; about as many are taken as it says', () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => traceIdOf(`message ${index}`));
  expect(ids.filter((id) => isSampled(id, 0))).toEqual([]);
  expect(ids.filter((id) => isSampled(id, 1))).toEqual(ids);
  const fifth = ids.filter((id) => isSampled(id, 0.2));
  expect(fifth.length).toBeGreaterThan(300);
  expect(fifth.length).toBeLessThan(500);
  expect(fifth.every((id) => isSampled(id, 0.3))).toBe(true);
});
