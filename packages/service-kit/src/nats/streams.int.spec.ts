import { jetstreamManager } from '@nats-io/jetstream';
import { startTestNats, type TestNats } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNats, type NatsConnection } from './connect.ts';
import { isStreamNotFound } from './errors.ts';
import { createPublisher } from './publisher.ts';
import { countBySubject, lastSequenceOf, readSubject } from './stored-messages.ts';
import { agreeOnPartitionCount, ensureStreams, streamState } from './streams.ts';

let nats: TestNats;
let nc: NatsConnection;

beforeAll(async () => {
  nats = await startTestNats();
  nc = await connectNats({ url: nats.url, name: 'streams-spec' });
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});

test('a missing stream is recognisable', async () => {
  await expect(streamState(nc, 'EVT')).rejects.toSatisfy(isStreamNotFound);
});

test('streams are created once, also by processes that start together, and brought up to date later', async () => {
  const other = await connectNats({ url: nats.url, name: 'streams-spec-2' });
  await Promise.all([ensureStreams(nc), ensureStreams(other)]);
  await other.close();
  const before = await streamState(nc, 'EVT');
  await ensureStreams(nc, { commandsPerSubject: 7 });
  const jsm = await jetstreamManager(nc);
  const commands = await jsm.streams.info('CMD');
  expect(commands.config).toMatchObject({
    retention: 'workqueue',
    discard: 'new',
    max_msgs_per_subject: 7,
    discard_new_per_subject: true,
  });
  const events = await jsm.streams.info('EVT');
  expect(events.config).toMatchObject({
    deny_delete: true,
    deny_purge: true,
    allow_direct: true,
    republish: { src: 'evt.>', dest: 'rt.evt.>' },
  });
  expect((await streamState(nc, 'EVT')).incarnation).toBe(before.incarnation);
});

test('the number of partitions is fixed with the first start; who has another one does not start', async () => {
  expect(await agreeOnPartitionCount(nc, undefined)).toBe(64);
  expect(await agreeOnPartitionCount(nc, 64)).toBe(64);
  const fault = 'PARTITION_COUNT: is 32, and 64 since this installation first started; expected 64, or no such setting';
  await expect(agreeOnPartitionCount(nc, 32)).rejects.toThrow(fault);
  await expect(ensureStreams(nc, { partitionCount: 32 })).rejects.toThrow(fault);
});

test('two that start an installation with different numbers: one of them does', async () => {
  const fresh = await startTestNats();
  const [one, two] = await Promise.all([1, 2].map((n) => connectNats({ url: fresh.url, name: `first-${n}` })));
  const outcomes = await Promise.allSettled([
    ensureStreams(one!, { partitionCount: 8 }),
    ensureStreams(two!, { partitionCount: 16 }),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const first = outcomes[0]?.status === 'fulfilled' ? 8 : 16;
  expect(await agreeOnPartitionCount(two!, undefined)).toBe(first);
  await ensureStreams(one!, { commandsPerSubject: 7 });
  expect(await agreeOnPartitionCount(two!, first)).toBe(first);
  await Promise.all([one?.close(), two?.close()]);
  await fresh.stop();
});

test('a log stays the same one through updates and restarts of the server', async () => {
  const { incarnation } = await streamState(nc, 'EVT');
  for (const eventsMaxAgeMs of [80, 70, 70].map((days) => days * 24 * 3_600_000)) {
    await nc.close();
    await nats.restart();
    nc = await connectNats({ url: nats.url, name: 'streams-spec' });
    await ensureStreams(nc, { eventsMaxAgeMs });
    expect((await streamState(nc, 'EVT')).incarnation).toBe(incarnation);
  }
  const jsm = await jetstreamManager(nc);
  expect((await jsm.streams.info('EVT')).config.max_age).toBe(70 * 24 * 3_600_000 * 1e6);
});

test('a log created anew is another one', async () => {
  const jsm = await jetstreamManager(nc);
  const before = await streamState(nc, 'EVT');
  await jsm.streams.delete('EVT');
  await ensureStreams(nc);
  expect((await streamState(nc, 'EVT')).incarnation).not.toBe(before.incarnation);
});

test('nobody can purge or delete events', async () => {
  const jsm = await jetstreamManager(nc);
  const publisher = createPublisher(nc);
  const { seq } = await publisher.publish('evt.spec.t.kept', 'x');
  publisher.close();
  await expect(jsm.streams.purge('EVT')).rejects.toThrow();
  await expect(jsm.streams.deleteMessage('EVT', seq)).rejects.toThrow();
});

test('the last sequence of a subject is 0 before its first message', async () => {
  expect(await lastSequenceOf(nc, 'EVT', 'evt.spec.t.never')).toBe(0);
  expect(await readSubject(nc, { stream: 'EVT', subject: 'evt.spec.t.never' })).toEqual([]);
});

test('messages are counted per subject and read in order from any sequence', async () => {
  const publisher = createPublisher(nc);
  for (let n = 0; n < 5; n++) {
    await publisher.publish('dlq.pool.3.t.one', `one-${n}`);
    await publisher.publish('dlq.pool.4.t.two', `two-${n}`);
  }
  publisher.close();
  expect(await countBySubject(nc, 'DLQ', 'dlq.pool.>')).toEqual(
    new Map([
      ['dlq.pool.3.t.one', 5],
      ['dlq.pool.4.t.two', 5],
    ]),
  );
  const stored = await readSubject(nc, { stream: 'DLQ', subject: 'dlq.pool.3.t.one' });
  expect(stored.map(({ data }) => new TextDecoder().decode(data))).toEqual([0, 1, 2, 3, 4].map((n) => `one-${n}`));
  const fromFifth = await readSubject(nc, { stream: 'DLQ', subject: 'dlq.pool.3.t.one', fromSeq: stored[4]!.seq });
  expect(fromFifth.map(({ seq }) => seq)).toEqual([stored[4]!.seq]);
});
