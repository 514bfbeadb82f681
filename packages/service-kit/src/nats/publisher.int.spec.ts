import { startTestNats, type TestNats, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectNats, type NatsConnection } from './connect.ts';
import {
  NoStream,
  PublisherClosed,
  PublishRefused,
  PublishTimeout,
  SubjectFull,
  WrongExpectedSequence,
} from './errors.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { readSubject } from './stored-messages.ts';
import { ensureStreams, streamState } from './streams.ts';

let nats: TestNats;
let nc: NatsConnection;
let publisher: Publisher;

beforeAll(async () => {
  nats = await startTestNats();
  nc = await connectNats({ url: nats.url, name: 'publisher-spec' });
  await ensureStreams(nc, { commandsPerSubject: 3 });
  publisher = createPublisher(nc);
});
afterAll(async () => {
  publisher?.close();
  await nc?.close();
  await nats?.stop();
});

describe('an acknowledged publish', () => {
  test('names the stream and the sequence of the stored message', async () => {
    const first = await publisher.publish('evt.spec.t.ack', 'one');
    const second = await publisher.publish('evt.spec.t.ack', 'two');
    expect(first).toEqual({ stream: 'EVT', seq: expect.any(Number), duplicate: false });
    expect(second.seq).toBe(first.seq + 1);
  });

  test('is stored once however often its message id is published', async () => {
    const first = await publisher.publish('evt.spec.t.dedup', 'x', { msgId: 'same' });
    const again = await publisher.publish('evt.spec.t.dedup', 'x', { msgId: 'same' });
    expect(again).toEqual({ ...first, duplicate: true });
    expect(await readSubject(nc, { stream: 'EVT', subject: 'evt.spec.t.dedup' })).toHaveLength(1);
  });

  test('carries its headers', async () => {
    await publisher.publish('evt.spec.t.headers', 'x', { headers: { 'Wam-Type': 'SomethingHappened' } });
    const [message] = await readSubject(nc, { stream: 'EVT', subject: 'evt.spec.t.headers' });
    expect(message?.headers['Wam-Type']).toBe('SomethingHappened');
  });

  test('keeps order and loses nothing with 2000 in flight', async () => {
    const subject = 'evt.spec.t.many';
    const acks = await Promise.all(Array.from({ length: 2_000 }, (_, n) => publisher.publish(subject, String(n))));
    expect(publisher.inFlight).toBe(0);
    const stored = await readSubject(nc, { stream: 'EVT', subject });
    expect(stored.map(({ data }) => Number(new TextDecoder().decode(data)))).toEqual(acks.map((_, n) => n));
    expect(stored.map(({ seq }) => seq)).toEqual(acks.map(({ seq }) => seq));
  });
});

describe('a refused publish', () => {
  test('with a stale expected sequence says which one is the last', async () => {
    const subject = 'evt.spec.t.occ';
    const { seq } = await publisher.publish(subject, 'x', { expectedLastSubjectSequence: 0 });
    const stale = publisher.publish(subject, 'y', { expectedLastSubjectSequence: 0 });
    await expect(stale).rejects.toBeInstanceOf(WrongExpectedSequence);
    await expect(stale).rejects.toMatchObject({ expected: 0, actual: seq });
  });

  test('above the ceiling of one subject leaves other subjects free', async () => {
    for (let n = 0; n < 3; n++) await publisher.publish('cmd.pool.1.t.busy', 'x');
    await expect(publisher.publish('cmd.pool.1.t.busy', 'x')).rejects.toBeInstanceOf(SubjectFull);
    await expect(publisher.publish('cmd.pool.1.t.idle', 'x')).resolves.toMatchObject({ stream: 'CMD' });
  });

  test('to a subject no stream takes says so when its time is over', async () => {
    await expect(publisher.publish('nowhere.x', 'x', { timeoutMs: 300 })).rejects.toBeInstanceOf(NoStream);
  });

  test('above the payload limit fails at once', async () => {
    await expect(publisher.publish('evt.spec.t.big', new Uint8Array(nc.info!.max_payload + 1))).rejects.toThrow(
      /payload/i,
    );
    expect(publisher.inFlight).toBe(0);
  });

  test('for another reason keeps the code of the server', async () => {
    const refused = publisher.publish('evt.spec.t.other', 'x', { headers: { 'Nats-Expected-Stream': 'CMD' } });
    await expect(refused).rejects.toBeInstanceOf(PublishRefused);
    await expect(refused).rejects.toMatchObject({ code: 10060 });
  });

  test('by closing the publisher rejects what is under way', async () => {
    const closing = createPublisher(nc);
    const underWay = closing.publish('nowhere.x', 'x');
    closing.close();
    await expect(underWay).rejects.toBeInstanceOf(PublisherClosed);
    await expect(closing.publish('evt.spec.t.x', 'x')).rejects.toBeInstanceOf(PublisherClosed);
  });
});

test('a publish that a full server refuses waits for room, and then says what it was refused with', async () => {
  await using folder = await temporaryDirectory('wam-full-');
  // The later part counts.
  const configuration = `jetstream { store_dir: "${folder.path}", max_file_store: 100000 }\n`;
  await using full = await startTestNats({ configuration });
  const connection = await connectNats({ url: full.url, name: 'publisher-spec' });
  await ensureStreams(connection);
  const filling = createPublisher(connection);
  await filling.publish('evt.spec.t.full', new Uint8Array(200_000));
  const refused = filling.publish('evt.spec.t.full', 'x', { timeoutMs: 200 });
  await expect(refused).rejects.toBeInstanceOf(PublishTimeout);
  await expect(refused).rejects.toThrow('refused with 10023 insufficient resources');
  filling.close();
  await connection.close();
});

describe('when the server goes away', () => {
  test('a publish that nobody answers is a timeout, and its message id may be used again', async () => {
    await nats.kill();
    const lost = publisher.publish('evt.spec.t.away', 'x', { msgId: 'away', timeoutMs: 200 });
    await expect(lost).rejects.toBeInstanceOf(PublishTimeout);
    await nats.restart();
    await publisher.publish('evt.spec.t.away', 'x', { msgId: 'away' });
    expect(await readSubject(nc, { stream: 'EVT', subject: 'evt.spec.t.away' })).toHaveLength(1);
  });

  test('kill -9 while publishing: every acknowledged message is stored, none twice', async () => {
    const subject = 'evt.spec.t.kill';
    const acked = new Map<string, number>();
    let published = 0;
    let running = true;
    const writers = Array.from({ length: 64 }, async () => {
      while (running) {
        const id = `kill-${published++}`;
        const ack = await publisher.publish(subject, id, { msgId: id, timeoutMs: 20_000 });
        acked.set(id, ack.seq);
      }
    });
    for (let round = 0; round < 3; round++) {
      const before = acked.size;
      // Enough acknowledged that a full load is under way at the kill.
      while (acked.size < before + 500) await new Promise((resolve) => setImmediate(resolve));
      await nats.kill();
      await nats.restart();
    }
    running = false;
    await Promise.all(writers);

    const stored = await readSubject(nc, { stream: 'EVT', subject });
    const decoder = new TextDecoder();
    const storedIds = stored.map(({ data }) => decoder.decode(data));
    expect(new Set(storedIds).size).toBe(storedIds.length);
    expect(new Set(storedIds)).toEqual(new Set(acked.keys()));
    expect(stored.every(({ seq, data }) => acked.get(decoder.decode(data)) === seq)).toBe(true);
    expect((await streamState(nc, 'EVT')).lastSeq).toBeGreaterThanOrEqual(acked.size);
  });
});
