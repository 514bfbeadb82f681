import { eventually, startTestNatsCluster, type TestNatsCluster } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBucket } from './bucket.ts';
import { connectNats, type NatsConnection } from './connect.ts';
import { createPublisher } from './publisher.ts';
import { streamCopies } from './stream-copies.ts';
import { ensureStreams, streamState } from './streams.ts';

let cluster: TestNatsCluster;
let nc: NatsConnection;

beforeAll(async () => {
  cluster = await startTestNatsCluster();
  nc = await connectNats({ url: cluster.url, name: 'spec' });
  // Nobody can make a stream before the servers have chosen a leader.
  await eventually(() => ensureStreams(nc, { replicas: 1 }), { timeoutMs: 25_000 });
});
afterAll(async () => {
  await nc?.close();
  await cluster?.stop();
});
const copiesOf = (stream: string) => streamCopies(nc, stream);

test('streams and buckets that were made on one server get as many copies as are asked for, and keep them', async () => {
  await ensureBucket(nc, 'leases');
  expect([await copiesOf('EVT'), await copiesOf('KV_leases')]).toMatchObject([{ wanted: 1 }, { wanted: 1 }]);
  // A server that joins late is no place for a copy yet.
  await eventually(() => ensureStreams(nc, { replicas: 3 }), { timeoutMs: 25_000 });
  await ensureBucket(nc, 'leases', { replicas: 3 });
  for (const stream of ['CMD', 'EVT', 'DLQ', 'KV_leases'])
    await eventually(async () => expect((await copiesOf(stream)).current, stream).toHaveLength(3), {
      timeoutMs: 20_000,
    });
  // As a process does it that knows of no number.
  await ensureStreams(nc);
  await ensureBucket(nc, 'leases');
  for (const stream of ['CMD', 'EVT', 'DLQ', 'KV_leases']) expect(await copiesOf(stream)).toMatchObject({ wanted: 3 });
});

test('a server that is killed is told as behind until it has caught up; and what was acknowledged meanwhile is there', async () => {
  const publisher = createPublisher(nc, { timeoutMs: 25_000 });
  const { leader } = await copiesOf('EVT');
  await cluster.kill(leader!);
  await publisher.publish('evt.session.ten.ses', 'meanwhile', { msgId: 'meanwhile' });
  await eventually(async () => expect((await copiesOf('EVT')).behind).toEqual([leader]), { timeoutMs: 20_000 });
  await cluster.revive(leader!);
  await eventually(async () => expect((await copiesOf('EVT')).current).toHaveLength(3), { timeoutMs: 20_000 });
  expect(await streamState(nc, 'EVT')).toMatchObject({ messages: 1 });
  publisher.close();
});
