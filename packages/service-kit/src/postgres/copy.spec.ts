import { describe, expect, it } from 'vitest';
import { copyLine } from './copy.ts';

describe('a line for COPY', () => {
  it('keeps its columns apart, an empty text from none, and its own signs from those of the format', () => {
    expect(copyLine(['', null, 7])).toBe('\t\\N\t7\n');
    expect(copyLine(['\\N', 'a\tb', 'c\r\nd'])).toBe('\\\\N\ta\\tb\tc\\r\\nd\n');
    expect(copyLine([JSON.stringify({ a: '"' })])).toBe('{"a":"\\\\""}\n');
  });
});
