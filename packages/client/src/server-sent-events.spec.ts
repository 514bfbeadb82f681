import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messagesOf, type StreamedMessage } from './server-sent-events.ts';

async function read(chunks: Uint8Array[]) {
  const left = [...chunks];
  const messages: StreamedMessage[] = [];
  for await (const message of messagesOf(async () => left.shift())) messages.push(message);
  return messages;
}
const encoded = (text: string) => new TextEncoder().encode(text);

test('a message ends with an empty line; comments and other fields are left out, and what is unfinished at the end', async () => {
  const stream =
    'retry: 2000\nid: c1\n: ready\n\ndata: {"a":1}\nid: c2\n\n: still there\n\nevent: x\nid:c3\r\ndata:1\r\ndata:2\r\n\r\nid: c4\n';
  expect(await read([encoded(stream)])).toEqual([
    { id: 'c1', data: undefined },
    { id: 'c2', data: '{"a":1}' },
    { id: 'c3', data: '1\n2' },
  ]);
});

test('messages are the same wherever the network cuts them', async () => {
  const texts = fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text));
  await fc.assert(
    fc.asyncProperty(fc.array(texts, { maxLength: 4 }), fc.integer({ min: 1, max: 7 }), async (data, size) => {
      const stream = encoded(data.map((text, index) => `id: ${index}\ndata: ${text}\n\n`).join(''));
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, n) =>
        stream.subarray(n * size, (n + 1) * size),
      );
      expect(await read(chunks)).toEqual(data.map((text, index) => ({ id: String(index), data: text })));
    }),
  );
});
