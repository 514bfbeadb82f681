import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { settingsTable } from './settings.ts';

/** Formatters align the columns. */
const unaligned = (text: string): string => text.replaceAll(/ *\| */g, '|').replaceAll(/-{3,}/g, '---');

it('the README lists the settings of every target as `wam settings` prints them', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(unaligned(readme)).toContain(unaligned(settingsTable()));
});
