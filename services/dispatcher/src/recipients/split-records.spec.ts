import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordSplitter, type TextRecord } from './split-records.ts';

function split(pieces: readonly string[], quoted = true): TextRecord[] {
  const splitter = createRecordSplitter({ quoted });
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
}

describe('text is cut into records', () => {
  it('with the line at which each begins', () => {
    expect(split(['a,b\r\n"c\nd",e\n\nf'])).toEqual([
      { line: 1, text: 'a,b' },
      { line: 2, text: '"c\nd",e' },
      { line: 4, text: '' },
      { line: 5, text: 'f' },
    ]);
  });
  it('at every line break where quotation marks mean nothing', () => {
    expect(split(['{"a":"\n"}\n'], false)).toEqual([
      { line: 1, text: '{"a":"' },
      { line: 2, text: '"}' },
    ]);
  });
  it('the same way however it is divided into pieces', () => {
    const text = fc
      .array(fc.constantFrom('a', '"', '""', ',', '\n', '\r\n', '"x\ny"', 'é'), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(20), { minLength: 1, maxLength: 30 }), (whole, lengths) => {
        const pieces: string[] = [];
        for (let at = 0, i = 0; at < whole.length; i++) {
          const length = 1 + lengths[i % lengths.length]!;
          pieces.push(whole.slice(at, at + length));
          at += length;
        }
        expect(split(pieces)).toEqual(split([whole]));
      }),
    );
  });
  it('an endless line costs itself, in bounded memory', () => {
    const splitter = createRecordSplitter({ quoted: true });
    const found = splitter.push('good\n');
    for (let i = 0; i < 1000; i++) found.push(...splitter.push('x'.repeat(65_536)));
    found.push(...splitter.push('\nalso good\n'), ...splitter.end());
    expect(found).toEqual([
      { line: 1, text: 'good' },
      { line: 2, fault: expect.stringContaining('longer') },
      { line: 3, text: 'also good' },
    ]);
  });
  it('a quotation mark that is never closed costs its own row', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `row number ${i}`);
    const found = split([`good\n"bad\n${rows.join('\n')}\n`]);
    expect(found[1]).toEqual({ line: 2, fault: expect.stringContaining('never closed') });
    expect(found.filter((record) => 'text' in record).map((record) => (record as { text: string }).text)).toEqual([
      'good',
      ...rows,
    ]);
    expect(found.at(-1)).toEqual({ line: 5002, text: 'row number 4999' });
  });
});
