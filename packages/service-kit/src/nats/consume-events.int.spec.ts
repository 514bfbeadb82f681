import { jetstreamManager } from '@nats-io/jetstream';
import type { AnyEvent } from '@wam/contracts';
import { eventually, startTestNats, type TestNats } from '@wam/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSilentLogger } from '../telemetry/logger.ts';
import { connectNats, type NatsConnection } from './connect.ts';
import { type ConsumeEventsOptions, consumeEvents, type StoredEvent } from './consume-events.ts';
import { LogDiverged, LogTrimmed } from './errors.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { ensureStreams, streamState } from './streams.ts';
import { type LiveEvent, subscribeLive } from './subscribe-live.ts';

const logger = createSilentLogger();
let nats: TestNats;
let nc: NatsConnection;
let publisher: Publisher;
let incarnation: string;

beforeEach(async () => {
  nats = await startTestNats();
  nc = await connectNats({ url: nats.url, name: 'events-spec' });
  await ensureStreams(nc);
  ({ incarnation } = await streamState(nc, 'EVT'));
  publisher = createPublisher(nc);
});
afterEach(async () => {
  publisher.close();
  await nc.close();
  await nats.stop();
});

const eventOf = (n: number): AnyEvent => ({
  id: `event-${n}`,
  type: 'SomethingHappened',
  v: 1,
  tenant: '00000000-0000-4000-8000-000000000001',
  at: '2026-01-01T00:00:00.000Z',
  version: n,
  correlationId: 'spec',
  causationId: 'spec',
  data: { n },
});
const publishEvents = (subject: string, from: number, to: number) =>
  Promise.all(
    Array.from({ length: to - from }, (_, index) =>
      publisher.publish(subject, JSON.stringify(eventOf(from + index)), { msgId: `event-${from + index}` }),
    ),
  );
function collect(options: Partial<ConsumeEventsOptions> = {}) {
  const batches: (readonly StoredEvent[])[] = [];
  const consumption = consumeEvents(nc, {
    fromSeq: 1,
    incarnation,
    logger,
    onBatch: async (batch) => {
      batches.push(batch);
    },
    ...options,
  });
  return { batches, consumption, events: () => batches.flat() };
}
const sequences = (events: readonly StoredEvent[]) => events.map(({ seq }) => seq);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, n) => n + first);

describe('consuming the log', () => {
  test('gives every event once, in order, in batches under the limit, then new ones as they come', async () => {
    await publishEvents('evt.spec.t.a', 0, 500);
    const { batches, consumption, events } = collect({ maxBatch: 100 });
    await eventually(() => expect(events()).toHaveLength(500));
    expect(batches.every((batch) => batch.length <= 100)).toBe(true);
    await publishEvents('evt.spec.t.b', 500, 501);
    await eventually(() => expect(events()).toHaveLength(501));
    expect(sequences(events())).toEqual(upTo(501));
    expect(events()[500]).toMatchObject({ subject: 'evt.spec.t.b', event: eventOf(500) });
    await eventually(() => expect(consumption.position).toBe(501));
    await consumption.stop();
    await consumption.done;
  });

  test('starts where asked and sees only what the filter names', async () => {
    await publishEvents('evt.spec.t.a', 0, 10);
    await publishEvents('evt.other.t.a', 10, 20);
    await publishEvents('evt.spec.t.a', 20, 30);
    const { consumption, events } = collect({ fromSeq: 6, filter: 'evt.spec.>' });
    await eventually(() => expect(events()).toHaveLength(15));
    expect(sequences(events())).toEqual([...upTo(10, 6), ...upTo(30, 21)]);
    await consumption.stop();
  });

  test('never has two batches under way, and holds back a fast log for a slow reader', async () => {
    await publishEvents('evt.spec.t.a', 0, 300);
    let concurrent = 0;
    let highest = 0;
    const seen: number[] = [];
    const consumption = consumeEvents(nc, {
      fromSeq: 1,
      incarnation,
      logger,
      maxBatch: 20,
      onBatch: async (batch) => {
        highest = Math.max(highest, ++concurrent);
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(...sequences(batch));
        concurrent -= 1;
      },
    });
    await eventually(() => expect(seen).toEqual(upTo(300)));
    expect(highest).toBe(1);
    await consumption.stop();
  });

  test('ends with the error of a failing batch, whose position is not passed', async () => {
    await publishEvents('evt.spec.t.a', 0, 10);
    const consumption = consumeEvents(nc, {
      fromSeq: 1,
      incarnation,
      logger,
      maxBatch: 5,
      onBatch: async (batch) => {
        if (batch.some(({ seq }) => seq > 5)) throw new Error('the database said no');
      },
    });
    await expect(consumption.done).rejects.toThrow('the database said no');
    expect(consumption.position).toBeLessThanOrEqual(5);
  });

  test('goes on without gap or repetition after the server was killed', async () => {
    await publishEvents('evt.spec.t.a', 0, 100);
    const { consumption, events } = collect();
    await eventually(() => expect(events()).toHaveLength(100));
    for (let round = 1; round <= 2; round++) {
      await nats.kill();
      await nats.restart();
      await publishEvents('evt.spec.t.a', round * 100, round * 100 + 100);
      await eventually(() => expect(events()).toHaveLength(round * 100 + 100));
    }
    expect(sequences(events())).toEqual(upTo(300));
    await consumption.stop();
  });
});

describe('a log that is not the one read before', () => {
  test('of another incarnation stops the reader', async () => {
    const { consumption } = collect({ incarnation: '2020-01-01T00:00:00Z' });
    await expect(consumption.done).rejects.toBeInstanceOf(LogDiverged);
  });

  test('that lost its tail stops the reader', async () => {
    await publishEvents('evt.spec.t.a', 0, 5);
    const { consumption } = collect({ fromSeq: 7 });
    await expect(consumption.done).rejects.toBeInstanceOf(LogDiverged);
  });

  test('recreated under a running reader stops the reader', async () => {
    await publishEvents('evt.spec.t.a', 0, 5);
    const { consumption, events } = collect();
    await eventually(() => expect(events()).toHaveLength(5));
    const jsm = await jetstreamManager(nc);
    await jsm.streams.delete('EVT');
    await ensureStreams(nc);
    await publishEvents('evt.spec.t.a', 10, 20);
    await expect(consumption.done).rejects.toBeInstanceOf(LogDiverged);
    expect(sequences(events())).toEqual(upTo(5));
  });

  test('whose oldest events have left it tells a late reader where it begins', async () => {
    await publishEvents('evt.spec.t.a', 0, 20);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.update('EVT', { max_msgs: 5 });
    const { consumption } = collect();
    await expect(consumption.done).rejects.toBeInstanceOf(LogTrimmed);
    await expect(consumption.done).rejects.toMatchObject({ wanted: 1, firstSeq: 16 });
    const { consumption: late, events } = collect({ fromSeq: 16 });
    await eventually(() => expect(sequences(events())).toEqual(upTo(20, 16)));
    await late.stop();
  });

  test('read to its very end is fine', async () => {
    await publishEvents('evt.spec.t.a', 0, 5);
    const { consumption, events } = collect({ fromSeq: 6 });
    await publishEvents('evt.spec.t.a', 5, 6);
    await eventually(() => expect(sequences(events())).toEqual([6]));
    await consumption.stop();
  });
});

test('live copies carry the sequence of the event and of the one before it on the subject', async () => {
  await publishEvents('evt.spec.t.a', 0, 1);
  const live: LiveEvent[] = [];
  const subscription = await subscribeLive(nc, 'evt.spec.t.>', (event) => live.push(event), logger);
  await publishEvents('evt.spec.t.b', 1, 2);
  await publishEvents('evt.spec.t.a', 2, 3);
  await publishEvents('evt.other.t.a', 3, 4);
  await publishEvents('evt.spec.t.a', 4, 5);
  await eventually(() => expect(live).toHaveLength(3));
  expect(live.map(({ subject, seq, lastSeq }) => ({ subject, seq, lastSeq }))).toEqual([
    { subject: 'evt.spec.t.b', seq: 2, lastSeq: 0 },
    { subject: 'evt.spec.t.a', seq: 3, lastSeq: 1 },
    { subject: 'evt.spec.t.a', seq: 5, lastSeq: 3 },
  ]);
  expect(live[0]?.event).toEqual(eventOf(1));
  subscription.unsubscribe();
});
