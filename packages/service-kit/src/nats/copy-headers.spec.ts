import { headers as createHeaders } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { headersOf } from './copy-headers.ts';

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
