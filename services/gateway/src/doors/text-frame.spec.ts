import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textFrame } from './text-frame.ts';

/** As RFC 6455, 5.2, is read. */
function decode(frame: Buffer): { head: number; text: string; rest: number } {
  const short = frame[1]!;
  const [at, length] =
    short < 126 ? [2, short] : short === 126 ? [4, frame.readUInt16BE(2)] : [10, Number(frame.readBigUInt64BE(2))];
  return { head: frame[0]!, text: frame.toString('utf8', at, at + length), rest: frame.length - at - length };
}

test('a frame is a whole text message, whatever its length', () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]) {
    const text = 'x'.repeat(length);
    expect(decode(textFrame(text))).toEqual({ head: 0x81, text, rest: 0 });
  }
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(decode(textFrame(text))).toEqual({ head: 0x81, text, rest: 0 });
    }),
  );
});
