import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitRequests } from './fit-requests.ts';

const requests = fc.array(fc.record({ count: fc.integer({ min: 1, max: 20 }) }), { maxLength: 30 });

test('a request that does not fit as a whole does not keep a smaller one behind it from fitting', () => {
  const [large, small] = [{ count: 5 }, { count: 2 }];
  expect(fitRequests([large, small], 3)).toEqual({ fit: [small], tooLarge: [large] });
});

test('what fits is never more than is free, and nothing more would fit', () => {
  fc.assert(
    fc.property(requests, fc.integer({ min: -5, max: 200 }), (waiting, free) => {
      const { fit, tooLarge } = fitRequests(waiting, free);
      const total = fit.reduce((sum, { count }) => sum + count, 0);
      expect(total).toBeLessThanOrEqual(Math.max(0, free));
      for (const { count } of tooLarge) expect(total + count).toBeGreaterThan(free);
      expect(new Set([...fit, ...tooLarge])).toEqual(new Set(waiting));
    }),
  );
});
