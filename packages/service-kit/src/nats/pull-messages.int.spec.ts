import { jetstreamManager } from '@nats-io/jetstream';
import { eventually, startTestNats, type TestNats } from '@wam/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectNats, type NatsConnection } from './connect.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { type MessagePull, type PullOptions, pullMessages } from './pull-messages.ts';
import { ensureStreams } from './streams.ts';

let nats: TestNats;
let nc: NatsConnection;
let publisher: Publisher;
let pull: MessagePull;
let seen: number[];

beforeEach(async () => {
  nats = await startTestNats();
  nc = await connectNats({ url: nats.url, name: 'pull-spec' });
  await ensureStreams(nc);
  publisher = createPublisher(nc);
  seen = [];
});
afterEach(async () => {
  pull.stop();
  publisher.close();
  await nc.close();
  await nats.stop();
});

async function read(options: Partial<PullOptions> = {}): Promise<void> {
  pull = await pullMessages(nc, {
    stream: 'EVT',
    filter: 'evt.>',
    fromSeq: 1,
    onMessage: (_, seq) => void seen.push(seq),
    hasRoom: () => true,
    ...options,
  });
}
const publish = (count: number) =>
  Promise.all(
    Array.from({ length: count }, () => publisher.publish('evt.spec.t.a', '{}', { msgId: crypto.randomUUID() })),
  );
const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1);
async function consumers(): Promise<string[]> {
  const jsm = await jetstreamManager(nc);
  const found = await jsm.consumers.list('EVT').next();
  return found.map(({ name }) => name);
}

test('a stream that is quiet for longer than the server keeps a question is asked anew', async () => {
  let questions = 0;
  const watching = nc.subscribe('$JS.API.CONSUMER.MSG.NEXT.>', { callback: () => void questions++ });
  await read({ expiresMs: 400 });
  let hasEnded = false;
  void pull.ended.then(() => {
    hasEnded = true;
  });
  await eventually(() => expect(questions).toBeGreaterThan(2));
  await publish(3);
  await eventually(() => expect(seen).toEqual(upTo(3)));
  expect(hasEnded).toBe(false);
  watching.unsubscribe();
});

test('without room no more comes than was asked for, and the rest when there is room', async () => {
  await publish(2_500);
  let hasRoom = true;
  await read({
    onMessage(_, seq) {
      seen.push(seq);
      hasRoom = false;
    },
    hasRoom: () => hasRoom,
  });
  await eventually(() => expect(seen).toEqual(upTo(1_000)));
  hasRoom = true;
  pull.more();
  await eventually(() => expect(seen).toEqual(upTo(2_000)));
  await nc.flush();
  expect(seen).toHaveLength(2_000);
});

test('a consumer that the server has no more ends the reading; one that is stopped leaves none behind', async () => {
  await publish(1);
  await read();
  await eventually(() => expect(seen).toEqual([1]));
  const [first = ''] = await consumers();
  const jsm = await jetstreamManager(nc);
  await jsm.consumers.delete('EVT', first);
  await pull.ended;
  await read();
  expect(await consumers()).toHaveLength(1);
  pull.stop();
  await pull.ended;
  await eventually(async () => expect(await consumers()).toEqual([]));
});

test('what the taker throws ends the reading', async () => {
  await publish(2);
  await read({
    onMessage() {
      throw new Error('not this one');
    },
  });
  await expect(pull.ended).rejects.toThrow('not this one');
});
