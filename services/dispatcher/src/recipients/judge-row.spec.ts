import { expect, it } from 'vitest';
import { judgeRow } from './judge-row.ts';

const demands = { message: 'Hello {{name}}', placeholders: [{ name: 'name', isOptional: false }] };

it('a number may be written with a plus, two zeros, blanks and brackets', () => {
  for (const number of ['919876543210', '+919876543210', '00919876543210', '+91 (98765) 43-210', '91.98765.43210'])
    expect(judgeRow({ number, name: 'Asha' }, demands)).toEqual({ number: '919876543210', values: { name: 'Asha' } });
});

it('a number may be a number, and stand under other usual names', () => {
  expect(judgeRow({ phone: 919876543210, name: 'Asha' }, demands)).toMatchObject({ number: '919876543210' });
});

it('whoever hides the number is in a list by LID', () => {
  const address = '123456789012345@lid';
  for (const number of [address, ` ${address} `])
    expect(judgeRow({ number, name: 'Asha' }, demands)).toEqual({ number: address, values: { name: 'Asha' } });
  for (const number of ['12@lid', '@lid', `+${address}x`, '919876543210@s.whatsapp.net'])
    expect(judgeRow({ number, name: 'Asha' }, demands)).toMatchObject({ reason: expect.stringContaining('with @lid') });
});

it('what a message says of the number, it can not say of who hides it', () => {
  const row = { number: '123456789012345@lid' };
  const needed = { message: 'Is {{number}} yours?', placeholders: [{ name: 'number', isOptional: false }] };
  expect(judgeRow(row, needed)).toMatchObject({ reason: 'There is no value for {{number}}' });
  const optional = { message: 'Is {{number|this}} yours?', placeholders: [{ name: 'number', isOptional: true }] };
  expect(judgeRow(row, optional)).toEqual({ number: row.number, values: {} });
});

it.each([
  ['without a number', { name: 'Asha' }, 'There is no number'],
  ['without a country code', { number: '09876', name: 'Asha' }, 'The number is not one'],
  ['with letters for a number', { number: 'call me', name: 'Asha' }, 'The number is not one'],
  ['without a value for a placeholder', { number: '919876543210' }, 'There is no value for {{name}}'],
  ['with an empty value', { number: '919876543210', name: ' ' }, 'There is no value for {{name}}'],
  ['in another encoding', { number: '919876543210', name: 'Ren\uFFFD' }, 'The text is not encoded as UTF-8'],
  ['with a formula for a number', { number: '="919876543210"', name: 'Asha' }, 'The cell is a formula'],
  ['with a formula in a value', { number: '919876543210', name: "@SUM(1)*cmd|' /C calc'!A0" }, 'The cell is a formula'],
  ['with a NUL', { number: '919876543210', name: 'a\0' }, 'The text has a NUL character'],
  ['with half a character', { number: '919876543210', name: '\uD800' }, 'The text has half a character'],
  ['with an endless value', { number: '919876543210', name: 'a'.repeat(1001) }, 'The value is longer'],
])('a row %s is refused, and says so', (_, row, reason) => {
  expect(judgeRow(row, demands)).toMatchObject({ reason: expect.stringContaining(reason) });
});

it('signs in front of figures and words are no formulas', () => {
  for (const name of ['-20%', '+1 free', '@asha', '-10 (today only)'])
    expect(judgeRow({ number: '919876543210', name }, demands)).toMatchObject({ values: { name } });
});

it('a value that something stands in for may be missing, and is not kept then', () => {
  const optional = { message: 'Hello {{name|friend}}', placeholders: [{ name: 'name', isOptional: true }] };
  for (const row of [{ number: '919876543210' }, { number: '919876543210', name: ' ' }])
    expect(judgeRow(row, optional)).toEqual({ number: '919876543210', values: {} });
});

it('keeps nothing of a row that the message does not use', () => {
  const judged = judgeRow({ number: '919876543210', name: 'Asha', salary: '1000' }, demands);
  expect(judged).toEqual({ number: '919876543210', values: { name: 'Asha' } });
});
