import { expect, it } from 'vitest';
import { createNarrator, progressBar, table } from './narrator.ts';

function recorded(isTTY: boolean) {
  let text = '';
  const narrator = createNarrator({ isTTY, write: (piece) => (text += piece) });
  return { narrator, text: () => text };
}

it('outside a terminal nothing moves: only the end of the progress is printed', () => {
  const { narrator, text } = recorded(false);
  for (const done of [0, 1, 2]) narrator.progress(done, 2);
  expect(text()).toBe(`   ${progressBar(2, 2)}\n`);
  expect(text()).not.toContain('\r');
});

it('in a terminal the bar moves in place and ends its line', () => {
  const { narrator, text } = recorded(true);
  for (const done of [0, 1, 2]) narrator.progress(done, 2);
  expect(text().split('\r')).toHaveLength(4);
  expect(text().endsWith('\n')).toBe(true);
});

it('chapters are numbered', () => {
  const { narrator, text } = recorded(false);
  narrator.chapter('One');
  narrator.chapter('Two');
  expect(text()).toBe('\n1. One\n\n2. Two\n');
});

it('a bar is as wide empty as full', () => {
  expect(progressBar(0, 20)).toMatch(/^\[\.+\] 0\/20$/);
  expect(progressBar(20, 20).length - 1).toBe(progressBar(0, 20).length);
  expect(progressBar(0, 0)).toContain('#');
});

it('table columns line up', () => {
  expect(
    table([
      ['sent', 'failed'],
      [21, 1],
    ]),
  ).toBe('sent  failed\n21    1');
});
