import { expect, test } from 'vitest';
import { moreGenerous, parseRate, parseRatesOfPlans } from './rate.ts';

test('a rate is a number of requests in a window', () => {
  expect(parseRate('100/15m')).toEqual({ points: 100, windowMs: 900_000 });
  expect(parseRate('6000/1m')).toEqual({ points: 6000, windowMs: 60_000 });
});

test('plans have rates of their own, or none has', () => {
  expect([...parseRatesOfPlans('business=1000/15m,enterprise=50/1s')]).toEqual([
    ['business', { points: 1000, windowMs: 900_000 }],
    ['enterprise', { points: 50, windowMs: 1_000 }],
  ]);
  expect([...parseRatesOfPlans('none')]).toEqual([]);
});

test('of two rates the one that allows more holds', () => {
  const slow = parseRate('100/15m');
  const fast = parseRate('20/1m');
  expect([moreGenerous(slow, fast), moreGenerous(fast, slow)]).toEqual([fast, fast]);
});
