import type { BinaryNode } from '@whiskeysockets/baileys';
import { expect, it } from 'vitest';
import { contactsOf, numbersQuery } from './check-numbers.ts';

const user = (jid: string, type: string, asked: string, lid?: string): BinaryNode => ({
  tag: 'user',
  attrs: { jid },
  content: [
    { tag: 'contact', attrs: { type }, content: Buffer.from(asked) },
    ...(lid === undefined ? [] : [{ tag: 'lid', attrs: { val: lid } }]),
  ],
});
const iqOf = (users: BinaryNode[]): BinaryNode => ({
  tag: 'iq',
  attrs: { type: 'result' },
  content: [{ tag: 'usync', attrs: {}, content: [{ tag: 'list', attrs: {}, content: users }] }],
});

it('a number is found under the digits that were asked, whatever jid it has', () => {
  const answer = numbersQuery(['5511987654321', '15551230002']).parseUSyncQueryResult(
    iqOf([
      user('551187654321@s.whatsapp.net', 'in', '+5511987654321', '77@lid'),
      user('15551230002@s.whatsapp.net', 'out', '+15551230002'),
    ]),
  );
  expect(contactsOf(answer!)).toEqual(
    new Map([
      ['5511987654321', { onWhatsApp: true, lid: '77' }],
      ['15551230002', { onWhatsApp: false }],
    ]),
  );
});
