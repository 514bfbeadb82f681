import type { FeedEvent } from '@wam/contracts';
import { expect, test } from 'vitest';
import type { FeedEntry } from './feed-entry.ts';
import { createRecentEntries } from './recent-entries.ts';

function entry(seq: number, length = 100): FeedEntry {
  const text = 'x'.repeat(length);
  return { seq, event: {} as FeedEvent, network: undefined, text: () => text, as: (form) => form(entry(seq, length)) };
}
const seqs = (entries: readonly FeedEntry[] | undefined) => entries?.map(({ seq }) => seq);

test('what came behind a sequence is known, however little or much', () => {
  const recent = createRecentEntries(10);
  expect(recent.since(10)).toEqual([]);
  for (const seq of [12, 15, 16]) recent.add(entry(seq));
  expect(seqs(recent.since(10))).toEqual([12, 15, 16]);
  expect(seqs(recent.since(13))).toEqual([15, 16]);
  expect(seqs(recent.since(16))).toEqual([]);
});

test('what lies before the beginning, or was dropped, is not known', () => {
  const recent = createRecentEntries(10);
  expect(recent.since(9)).toBeUndefined();
  for (let seq = 11; seq <= 5_000; seq++) recent.add(entry(seq));
  expect(recent.since(3_999)).toBeUndefined();
  expect(recent.since(4_000)).toHaveLength(1_000);
});

test('large entries leave room for fewer', () => {
  const recent = createRecentEntries(0);
  for (let seq = 1; seq <= 10; seq++) recent.add(entry(seq, 100_000));
  expect(recent.since(7)).toBeUndefined();
  expect(seqs(recent.since(8))).toEqual([9, 10]);
});
