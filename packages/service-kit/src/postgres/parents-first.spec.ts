import { expect, test } from 'vitest';
import { parentsFirst } from './parents-first.ts';

const order = (references: Record<string, string[]>): string[] =>
  parentsFirst(
    Object.entries(references),
    ([name]) => name,
    ([, to]) => to,
  ).map(([name]) => name);

test('what others refer to comes first', () => {
  expect(order({ token: ['family'], family: ['account'], account: [], usage: ['account'] })).toEqual([
    'account',
    'family',
    'usage',
    'token',
  ]);
});

test('what is not among the items holds nothing up', () => {
  expect(order({ b: ['elsewhere'], a: [] })).toEqual(['b', 'a']);
});

test('a circle is told', () => {
  expect(() => order({ a: ['b'], b: ['a'] })).toThrow('a, b refer to each other');
});
