import { eventually, startTestNats, type TestNats } from '@wam/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSilentLogger } from '../telemetry/logger.ts';
import { connectNats, type NatsConnection } from './connect.ts';
import {
  type ConsumeWorkQueueOptions,
  consumeWorkQueue,
  deleteConsumer,
  listConsumers,
  type WorkItem,
} from './consume-work-queue.ts';
import { AckFailed, ConsumerConflict } from './errors.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { ensureStreams, streamState } from './streams.ts';

const logger = createSilentLogger();
let nats: TestNats;
let nc: NatsConnection;
let publisher: Publisher;

beforeEach(async () => {
  nats = await startTestNats();
  nc = await connectNats({ url: nats.url, name: 'work-spec' });
  await ensureStreams(nc);
  publisher = createPublisher(nc);
});
afterEach(async () => {
  publisher.close();
  await nc.close();
  await nats.stop();
});

async function publishCommands(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) await publisher.publish('cmd.pool.1.t.s', String(n), { msgId: `c-${n}` });
}
async function collect(durable: string, options: Partial<ConsumeWorkQueueOptions> = {}) {
  const items: WorkItem[] = [];
  const consumption = await consumeWorkQueue(nc, {
    stream: 'CMD',
    durable,
    filter: 'cmd.pool.1.>',
    onMessage: (item) => items.push(item),
    logger,
    ...options,
  });
  return { items, consumption, texts: () => items.map(({ data }) => new TextDecoder().decode(data)) };
}
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => String(from + n));

test('work comes in order, and is gone from the queue when its acknowledgement resolves', async () => {
  await publishCommands(0, 50);
  const { items, consumption, texts } = await collect('p1-e1');
  await eventually(() => expect(items).toHaveLength(50));
  expect(texts()).toEqual(numbers(0, 50));
  await Promise.all(items.map((item) => item.ack()));
  expect((await streamState(nc, 'CMD')).messages).toBe(0);
  await consumption.stop();
  expect(await consumption.ended).toBe('stopped');
});

test('no more is handed out than may be unacknowledged', async () => {
  await publishCommands(0, 10);
  const { items, consumption, texts } = await collect('p1-e1', { maxAckPending: 3 });
  await eventually(() => expect(items).toHaveLength(3));
  await items[0]!.ack();
  await eventually(() => expect(items).toHaveLength(4));
  expect(texts()).toEqual(numbers(0, 4));
  await consumption.stop();
});

test('a new owner takes over everything unacknowledged at once, and the old one learns it', async () => {
  await publishCommands(0, 20);
  const before = await collect('p1-e1');
  await eventually(() => expect(before.items).toHaveLength(20));
  await before.items[0]!.ack();
  await expect(collect('p1-e2')).rejects.toBeInstanceOf(ConsumerConflict);

  expect(await listConsumers(nc, 'CMD')).toEqual(['p1-e1']);
  expect(await deleteConsumer(nc, 'CMD', 'p1-e1')).toBe(true);
  expect(await deleteConsumer(nc, 'CMD', 'p1-e1')).toBe(false);
  const after = await collect('p1-e2');
  await eventually(() => expect(after.items).toHaveLength(19));
  expect(after.texts()).toEqual(numbers(1, 20));
  expect(after.items.every(({ deliveryCount }) => deliveryCount === 1)).toBe(true);
  await expect(before.items[1]!.ack()).rejects.toBeInstanceOf(AckFailed);
  expect(await before.consumption.ended).toBe('deleted');
  await after.consumption.stop();
});

test('nak delivers again, ack never', async () => {
  await publishCommands(0, 2);
  const { items, consumption, texts } = await collect('p1-e1');
  await eventually(() => expect(items).toHaveLength(2));
  await items[0]!.ack();
  items[1]!.nak(50);
  await eventually(() => expect(items).toHaveLength(3));
  expect(texts()).toEqual(['0', '1', '1']);
  expect(items[2]!.deliveryCount).toBe(2);
  await items[2]!.ack();
  expect((await streamState(nc, 'CMD')).messages).toBe(0);
  await consumption.stop();
});

test('work goes on after the server was killed', async () => {
  const { items, consumption, texts } = await collect('p1-e1');
  await publishCommands(0, 5);
  await eventually(() => expect(items).toHaveLength(5));
  await nats.kill();
  await nats.restart();
  await publishCommands(5, 10);
  await eventually(() => expect(new Set(texts())).toEqual(new Set(numbers(0, 10))));
  await Promise.all(items.map((item) => item.ack()));
  await eventually(async () => expect((await streamState(nc, 'CMD')).messages).toBe(0));
  await consumption.stop();
});
