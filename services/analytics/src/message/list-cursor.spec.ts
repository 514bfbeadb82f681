import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from './list-cursor.ts';

const position = { acceptedAt: '2024-01-15T10:30:00.000Z', messageId: `msg_${'0'.repeat(26)}` };

test('a cursor leads back to its position', () => {
  expect(decodeCursor(encodeCursor(position))).toEqual(position);
});

test('anything else is no position', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      expect(decodeCursor(text)).toBeUndefined();
    }),
  );
  const day13 = encodeCursor({ ...position, acceptedAt: '2024-13-45T10:30:00.000Z' });
  expect(decodeCursor(day13)).toBeUndefined();
});
