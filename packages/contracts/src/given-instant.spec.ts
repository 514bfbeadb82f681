import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { GivenInstant } from './ids.ts';

const isGiven = Compile(GivenInstant);

describe('an instant in a request', () => {
  it('is any of RFC 3339: Z or an offset, with or without fractions, in either case', () => {
    for (const text of [
      '2024-01-15T10:30:00.000Z',
      '2024-01-15T10:30:00Z',
      '2024-01-15t10:30:00z',
      '2024-01-15T16:00:00+05:30',
      '2024-01-15T16:00:00.123456789-03:00',
      '2024-02-29T23:59:59Z',
    ]) {
      expect(isGiven.Check(text), text).toBe(true);
      expect(Date.parse(text), text).not.toBeNaN();
    }
  });
  it('is no time without an offset, and none that does not exist', () => {
    for (const text of [
      '2024-01-15T10:30:00',
      '2024-01-15',
      '2023-02-29T10:30:00Z',
      '2024-13-01T10:30:00Z',
      '2024-01-15T24:00:00Z',
      '2024-01-15T10:30:00+24:00',
      '2016-12-31T23:59:60Z',
      '2024-01-15T10:30:00Z[Asia/Kolkata]',
      '2024-01-15 10:30:00Z',
    ])
      expect(isGiven.Check(text), text).toBe(false);
  });
});
