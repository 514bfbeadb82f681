import { expect, test } from 'vitest';
import { createFrameWriters } from './frame-writer.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const framesOf = (...texts: string[]) => texts.map((text) => Buffer.from(text));

function socketOf(create: ReturnType<typeof createFrameWriters>) {
  const sent: Buffer[] = [];
  const writer = create((bytes) => sent.push(bytes));
  return { writer, sent, texts: () => sent.map(String) };
}

test('frames of one turn of the event loop leave in one write, in their order, and wait for no further one', async () => {
  const { writer, texts } = socketOf(createFrameWriters());
  for (const frame of framesOf('one', 'two', 'three')) writer.write(frame);
  expect([writer.waiting, texts()]).toEqual(['onetwothree'.length, []]);
  await turn();
  writer.write(Buffer.from('four'));
  await turn();
  expect([writer.waiting, texts()]).toEqual([0, ['onetwothree', 'four']]);
});

test('what has to go before something else goes at once, and once', async () => {
  const { writer, texts } = socketOf(createFrameWriters());
  for (const frame of framesOf('one', 'two')) writer.write(frame);
  writer.flush();
  writer.flush();
  expect([writer.waiting, texts()]).toEqual([0, ['onetwo']]);
  await turn();
  expect(texts()).toEqual(['onetwo']);
});

test('sockets with the same frames share their bytes, the others have their own', async () => {
  const create = createFrameWriters();
  const [first, second, third] = [socketOf(create), socketOf(create), socketOf(create)];
  const frames = framesOf('one', 'two', 'three');
  for (const frame of frames) {
    for (const { writer } of [first, second]) writer.write(frame);
    if (frame !== frames[1]) third.writer.write(frame);
  }
  await turn();
  expect(first.sent[0]).toBe(second.sent[0]);
  expect([first.texts(), third.texts()]).toEqual([['onetwothree'], ['onethree']]);
  // The next turn begins with nothing of this one.
  for (const frame of frames) first.writer.write(frame);
  await turn();
  expect(first.sent[1]).not.toBe(first.sent[0]);
  expect(first.texts()).toEqual(['onetwothree', 'onetwothree']);
});
