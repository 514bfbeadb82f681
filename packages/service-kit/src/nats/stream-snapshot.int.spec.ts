import { busUserNames, streams } from '@wam/contracts';
import { startTestNats, type TestNats } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { authorizationFile } from './authorization-file.ts';
import { connectBus, type NatsConnection } from './connect.ts';
import { createNkey } from './permissions.ts';
import { createPublisher } from './publisher.ts';
import { overhear, putBack, type QueuedMessage, readQueue } from './queued-messages.ts';
import { readSubject } from './stored-messages.ts';
import { beginIncarnation, restoreStream, snapshotStream } from './stream-snapshot.ts';
import { ensureStreams, streamState } from './streams.ts';

// With the rights of the contracts and no others: both halves are done by users that may not do much else.
const keys = new Map(busUserNames.map((user) => [user, createNkey()]));
const configuration = authorizationFile((user) => ({ nkey: keys.get(user)?.publicKey ?? '' }));
const connections: NatsConnection[] = [];
let former: TestNats;
let next: TestNats;

beforeAll(async () => {
  [former, next] = await Promise.all([startTestNats({ configuration }), startTestNats({ configuration })]);
  await ensureStreams(await connect(former, 'prepare'));
});
afterAll(async () => {
  for (const connection of connections) await connection.close();
  await Promise.all([former?.stop(), next?.stop()]);
});

async function connect(nats: TestNats, user: (typeof busUserNames)[number]): Promise<NatsConnection> {
  const seed = new Secret(keys.get(user)?.seed ?? '');
  const nc = await connectBus({ NATS_URL: nats.url, NATS_NKEY_SEED: seed }, user);
  connections.push(nc);
  return nc;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test('a log comes back with its sequences, times and headers, as a log of its own', async () => {
  const subject = 'evt.session.ten.ses';
  const engine = await connect(former, 'session-engine');
  const publisher = createPublisher(engine);
  const large = new Uint8Array(300_000).fill(7);
  for (let index = 0; index < 5; index++) await publisher.publish(subject, large, { msgId: `event-${index}` });
  publisher.close();

  const operator = await connect(former, 'operator');
  const pieces: Uint8Array[] = [];
  const snapshot = await snapshotStream(operator, streams.events.name, async (bytes) => {
    pieces.push(bytes.slice());
  });
  const prepare = await connect(next, 'prepare');
  await restoreStream(prepare, streams.events.name, snapshot, one(Buffer.concat(pieces)));
  await beginIncarnation(prepare, streams.events.name, 'another');

  const read = (nc: NatsConnection) => readSubject(nc, { stream: streams.events.name, subject });
  const reader = await connect(next, 'operator');
  expect(await read(reader)).toEqual(await read(operator));
  expect(await streamState(reader, streams.events.name)).toMatchObject({ incarnation: 'another', lastSeq: 5 });
  await ensureStreams(prepare);
  expect(await streamState(reader, streams.events.name)).toMatchObject({ incarnation: 'another', messages: 5 });
});

test('a queue is listed and put back, with what was sent while it was listed', async () => {
  const gateway = await connect(former, 'gateway');
  const publisher = createPublisher(gateway);
  await publisher.publish('cmd.sandbox.1.ten.ses', Buffer.from('waiting'), { msgId: 'a' });
  const operator = await connect(former, 'operator');
  const overheard = await overhear(operator, 'cmd.>');
  const waiting: QueuedMessage[] = [];
  for await (const message of readQueue(operator, streams.commands.name, 'cmd.>')) waiting.push(message);
  await publisher.publish('cmd.sandbox.1.ten.ses', Buffer.from('meanwhile'), { msgId: 'b' });
  const meanwhile = await overheard.take();
  publisher.close();
  const textsOf = (messages: QueuedMessage[]) => messages.map(({ data }) => Buffer.from(data).toString());
  expect([textsOf(waiting), textsOf(meanwhile)]).toEqual([['waiting'], ['meanwhile']]);

  const prepare = await connect(next, 'prepare');
  await ensureStreams(prepare);
  for (const message of [...waiting, ...meanwhile]) await putBack(prepare, message);
  const back: QueuedMessage[] = [];
  for await (const message of readQueue(await connect(next, 'operator'), streams.commands.name, 'cmd.>'))
    back.push(message);
  expect(textsOf(back)).toEqual(['waiting', 'meanwhile']);
  expect(back.map(({ headers }) => headers['Nats-Msg-Id'])).toEqual(['a', 'b']);
});
