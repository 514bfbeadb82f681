import { expect, it } from 'vitest';
import { isOptOut, tidyWords } from './opt-out-words.ts';

it.each(['STOP', 'stop', ' Stop. ', '"STOP"!', 'unsubscribe', 'opt-out', 'OPT  OUT'])('%j opts out', (text) => {
  expect(isOptOut(text, undefined)).toBe(true);
});

it.each(['', '...', 'please stop by tomorrow', 'do not stop', 'STOPPED', 'no'])('%j does not', (text) => {
  expect(isOptOut(text, undefined)).toBe(false);
});

it('an account has words of its own, and STOP always', () => {
  expect(isOptOut('bas', ['BAS'])).toBe(true);
  expect(isOptOut('बस', ['बस'])).toBe(true);
  expect(isOptOut('unsubscribe', ['BAS'])).toBe(false);
  expect(isOptOut('stop', ['BAS'])).toBe(true);
  expect(tidyWords(['bas', 'Bas!', 'stop', '!'])).toEqual(['STOP', 'BAS']);
});
