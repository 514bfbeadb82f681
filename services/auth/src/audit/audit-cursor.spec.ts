import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAuditCursor, encodeAuditCursor } from './audit-cursor.ts';

test('a cursor leads back to where its page ended', () => {
  const at = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
  const id = fc.stringMatching(/^[\w:-]{1,100}$/);
  fc.assert(
    fc.property(at, id, (when, entry) => {
      expect(decodeAuditCursor(encodeAuditCursor({ at: when, id: entry }))).toEqual({ at: when, id: entry });
    }),
  );
});

test('any other text is no cursor', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const cursor = decodeAuditCursor(text);
      // Base64 ignores what is not of its alphabet: a text that does decode must be as good as a real one.
      if (cursor !== undefined) expect(decodeAuditCursor(encodeAuditCursor(cursor))).toEqual(cursor);
    }),
  );
  expect(decodeAuditCursor('nonsense')).toBeUndefined();
  expect(decodeAuditCursor(Buffer.from("1.x' or 1=1").toString('base64url'))).toBeUndefined();
  expect(decodeAuditCursor(Buffer.from('999999999999999.x').toString('base64url'))).toBeDefined();
});
