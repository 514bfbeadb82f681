import { isRejection } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import { createRowReader, type FileFormat } from './read-rows.ts';
import { UnreadableRow } from './take-up-rows.ts';

function read(format: FileFormat, ...pieces: (string | Uint8Array)[]) {
  const reader = createRowReader(format);
  const rows = [];
  for (const part of [...pieces.map((piece) => reader.push(Buffer.from(piece as string))), reader.end()]) {
    if (isRejection(part)) return part;
    rows.push(...part);
  }
  return rows.map(({ row, fields }) => [row, fields instanceof UnreadableRow ? fields.reason : { ...fields }]);
}

describe('a CSV file', () => {
  it('has its columns named in the first line, in any order and case', () => {
    expect(read('csv', 'name,Phone Number,city\nAsha,919876543210,"Pune, MH"\nRavi,919876543211,\n')).toEqual([
      [2, { name: 'Asha', number: '919876543210', city: 'Pune, MH' }],
      [3, { name: 'Ravi', number: '919876543211', city: '' }],
    ]);
  });
  it.each([';', '\t'])('may be separated by %j', (separator) => {
    expect(read('csv', `number${separator}name\n919876543210${separator}Asha`)).toEqual([
      [2, { number: '919876543210', name: 'Asha' }],
    ]);
  });
  it('may be a bare list of numbers', () => {
    expect(read('csv', '919876543210\n+91 98765 43211\n')).toEqual([
      [1, { number: '919876543210' }],
      [2, { number: '+91 98765 43211' }],
    ]);
  });
  it('without a column of numbers is refused as a whole, with what it has', () => {
    expect(read('csv', 'name,city\nAsha,Pune\n')).toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining('name, city'),
    });
  });
  it('may come in UTF-16 or with a byte order mark, as spreadsheets write it', () => {
    const text = 'number;name\r\n919876543210;Renée\r\n';
    const expected = [[2, { number: '919876543210', name: 'Renée' }]];
    const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    const big = Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]);
    expect(read('csv', `\uFEFF${text}`)).toEqual(expected);
    expect(read('csv', little)).toEqual(expected);
    expect(read('csv', big.subarray(0, 1), big.subarray(1, 20), big.subarray(20))).toEqual(expected);
  });
  it('in another encoding shows by characters that are none', () => {
    const latin = Buffer.from('number,name\n919876543210,Ren\xe9e\n', 'latin1');
    expect(read('csv', latin)).toEqual([[2, { number: '919876543210', name: 'Ren\uFFFDe' }]]);
  });
  it('has a bad row rejected by its line, and the good ones around it taken', () => {
    expect(read('csv', 'number,name\n919876543210,Asha\n919876543211,"Ravi\n919876543212,"5"" pipe"\n')).toEqual([
      [2, { number: '919876543210', name: 'Asha' }],
      [3, 'A quotation mark is opened and never closed'],
      [4, { number: '919876543212', name: '5" pipe' }],
    ]);
  });
  it('may be cut anywhere, also within a character', () => {
    const bytes = Buffer.from('number,name\n919876543210,Renée 🎉\n');
    for (let at = 1; at < bytes.length; at++)
      expect(read('csv', bytes.subarray(0, at), bytes.subarray(at))).toEqual([
        [2, { number: '919876543210', name: 'Renée 🎉' }],
      ]);
  });
});

describe('an NDJSON file', () => {
  it('has an object, or a number, in each line', () => {
    expect(read('ndjson', '{"number":"919876543210","name":"Asha"}\n\n"919876543211"\n919876543212')).toEqual([
      [1, { number: '919876543210', name: 'Asha' }],
      [3, { number: '919876543211' }],
      [4, { number: 919_876_543_212 }],
    ]);
  });
  it('has a line that is none rejected by its number', () => {
    expect(read('ndjson', '{"number":\n[1]\n{"number":"919876543210"}\n')).toEqual([
      [1, 'The line is not a JSON object'],
      [2, 'The line is not a JSON object'],
      [3, { number: '919876543210' }],
    ]);
  });
});
