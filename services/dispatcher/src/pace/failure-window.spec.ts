import { expect, it } from 'vitest';
import { failurePercentOf, noteOutcomes } from './failure-window.ts';

const many = (outcome: 'sent' | 'failed', count: number) => new Array<'sent' | 'failed'>(count).fill(outcome);

it('fewer than 20 outcomes are too few to judge a campaign by', () => {
  expect(failurePercentOf(noteOutcomes('', many('failed', 19)))).toBe(0);
  expect(failurePercentOf(noteOutcomes('', many('failed', 20)))).toBe(100);
});

it('only the last 50 outcomes count', () => {
  const window = noteOutcomes(noteOutcomes('', many('failed', 500)), many('sent', 40));
  expect(window).toHaveLength(50);
  expect(failurePercentOf(window)).toBe(20);
  expect(failurePercentOf(noteOutcomes(window, many('sent', 10)))).toBe(0);
});
