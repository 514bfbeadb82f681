import { headers as createHeaders } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { headersOf, typeOf } from './copy-headers.ts';

const subject = 'rt.evt.message.ten.ses';
const names = { 'Nats-Sequence': '42', 'Nats-Last-Sequence': '7', 'Wam-Network': 'sandbox' };

function messageOf(text: string, size: (bytes: number) => number) {
  const headers = createHeaders();
  for (const [name, value] of Object.entries(names)) headers.set(name, value);
  const block = Buffer.from((headers as unknown as { encode(): Uint8Array }).encode());
  const all = Buffer.concat([Buffer.from('something before'), block, Buffer.from(text)]);
  const data = new Uint8Array(all.buffer, all.byteOffset + all.length - text.length, text.length);
  return { subject, data, headers, size: () => size(subject.length + block.length + text.length) };
}
const valuesOf = (read: (name: string) => string) => Object.keys(names).map(read);

test('headers are found in the bytes before the data', () => {
  const { headers: _, ...message } = messageOf('{"some":"event"}', (bytes) => bytes);
  const read = headersOf({ ...message, headers: undefined as never });
  expect(valuesOf(read)).toEqual(Object.values(names));
  expect(read('Wam-Type')).toBe('');
  expect(read('Sequence')).toBe('');
});

test('where there is something else before the data, the library is asked', () => {
  for (const wrong of [-3, 5, -100_000, 100_000]) {
    const read = headersOf(messageOf('{"some":"event"}', (bytes) => bytes + wrong));
    expect(valuesOf(read)).toEqual(Object.values(names));
    expect(read('Wam-Type')).toBe('');
  }
  const { size: _, ...unsized } = messageOf('{}', (bytes) => bytes);
  expect(valuesOf(headersOf(unsized))).toEqual(Object.values(names));
});

test('the type of an event is found in the bytes before the data, and asked of the library where it is not there', () => {
  const block = 'NATS/1.0\r\nNats-Msg-Id: e1\r\nWam-Type: MessageSent\r\nWam-Network: sandbox\r\n\r\n';
  const line = `HMSG ${subject} 1 _INBOX.a ${block.length} ${block.length + 2}\r\n`;
  const before = `NATS/1.0\r\nWam-Type: MessageFailed\r\n\r\n{}\r\n`;
  const message = (headers: string) => {
    const all = Buffer.from(`${before}${line}${headers}{}`);
    const data = new Uint8Array(all.buffer, all.byteOffset + all.length - 2, 2);
    const size = () => subject.length + '_INBOX.a'.length + headers.length + 2;
    return { subject, reply: '_INBOX.a', data, headers: undefined as never, size };
  };
  expect(typeOf(message(block))).toBe('MessageSent');
  expect(typeOf(message('NATS/1.0\r\nNats-Msg-Id: e1\r\n\r\n'))).toBe('');
  expect(typeOf(message(''))).toBe('');
  const headers = createHeaders();
  headers.set('Wam-Type', 'MessageRead');
  expect(typeOf({ subject, data: Buffer.from('{}'), headers })).toBe('MessageRead');
});
