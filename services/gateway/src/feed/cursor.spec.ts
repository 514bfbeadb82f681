import { FeedCursor } from '@wam/contracts';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { cursorOf, logTag, parseCursor } from './cursor.ts';

test('a cursor leads back to its place, and has the form that clients may send', () => {
  const place = { tag: logTag('2026-11-27T05:00:00Z'), seq: 1042 };
  const cursor = cursorOf(place);
  expect(Value.Check(FeedCursor, cursor)).toBe(true);
  expect(parseCursor(cursor)).toEqual(place);
});

test.each(['', 'whatever', '00000000_', '00000000_-1', '00000000_01', `00000000_${'9'.repeat(16)}`, '0000000g_1'])(
  '%j was never a cursor',
  (text) => expect(parseCursor(text)).toBeUndefined(),
);
