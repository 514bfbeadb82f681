import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { createFrameWriter } from './frame-writer.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('frames of one turn of the event loop leave in one write, in their order, and wait for no further one', async () => {
  const writes: string[] = [];
  const socket = new Duplex({
    read() {},
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(' '));
      done();
    },
  });
  const write = createFrameWriter(socket);
  for (const frame of ['one', 'two', 'three']) write(Buffer.from(frame));
  expect(socket.writableLength).toBe('onetwothree'.length);
  await turn();
  write(Buffer.from('four'));
  await turn();
  expect(writes).toEqual(['one two three', 'four']);
  expect(socket.writableLength).toBe(0);
});
