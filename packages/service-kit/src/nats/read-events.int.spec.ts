import { type AnyEvent, busHeaders } from '@wam/contracts';
import { startTestNats, type TestNats } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNats, type NatsConnection } from './connect.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { openEventReader, type ReadEventsOptions, storedAt } from './read-events.ts';
import { ensureStreams } from './streams.ts';

let nats: TestNats;
let nc: NatsConnection;
let publisher: Publisher;

beforeAll(async () => {
  nats = await startTestNats();
  nc = await connectNats({ url: nats.url, name: 'spec' });
  await ensureStreams(nc);
  publisher = createPublisher(nc, { headers: { 'Wam-Network': 'sandbox' } });
  // Sequences 1, 3, 5, ... are ours, the others somebody else's.
  for (let n = 1; n <= 20; n++)
    await publisher.publish(`evt.message.${n % 2 === 1 ? 'ours' : 'theirs'}.s`, JSON.stringify({ id: `e${n}` }));
});
afterAll(async () => {
  publisher.close();
  await nc.close();
  await nats.stop();
});

async function readAll(options: ReadEventsOptions, limit: number) {
  await using reader = await openEventReader(nc, options);
  const pages: { seqs: number[]; readTo: number }[] = [];
  for (;;) {
    const { events, readTo, atEnd } = await reader.next(limit);
    pages.push({ seqs: events.map(({ seq }) => seq), readTo });
    if (atEnd) return pages;
  }
}

test('a stretch of the log comes in pages, in order, and says how far it has been read', async () => {
  expect(await readAll({ filter: 'evt.*.ours.>', from: 4 }, 5)).toEqual([
    { seqs: [5, 7, 9, 11, 13], readTo: 13 },
    { seqs: [15, 17, 19], readTo: 20 },
  ]);
  expect(await readAll({ filter: 'evt.*.ours.>', from: 20 }, 5)).toEqual([{ seqs: [], readTo: 20 }]);
  expect(await readAll({ filter: 'evt.*.ours.>', from: 21 }, 5)).toEqual([{ seqs: [], readTo: 20 }]);
});

test('a stretch can begin at a time', async () => {
  const nineteenth = await storedAt(nc, 19);
  if (nineteenth === undefined) throw new Error('not stored');
  // Times have whole milliseconds, in which several events may have been stored.
  const [page] = await readAll({ filter: 'evt.*.ours.>', from: nineteenth }, 20);
  expect(page).toMatchObject({ readTo: 20 });
  expect(page?.seqs.at(-1)).toBe(19);
  const later = new Date(nineteenth.getTime() + 60_000);
  expect((await readAll({ filter: 'evt.*.ours.>', from: later }, 20))[0]?.seqs).toEqual([]);
  expect(await storedAt(nc, 4711)).toBeUndefined();
});

test('events come with their content, and the network of their session', async () => {
  await using reader = await openEventReader(nc, { filter: 'evt.*.ours.>', from: 1 });
  const [first] = (await reader.next(1)).events;
  expect(first?.event).toEqual({ id: 'e1' } as Partial<AnyEvent>);
  expect(first?.network).toBe('sandbox');
});

test('events of types that nobody asked for are passed by; one that does not say its type is read', async () => {
  const store = (type: string | undefined, id: string) =>
    publisher.publish('evt.message.typed.s', JSON.stringify({ id, long: 'x'.repeat(30_000) }), {
      headers: type === undefined ? {} : { [busHeaders.type]: type },
    });
  // Long enough for some to come in several pieces.
  const types = ['MessageSent', 'MessageFailed', undefined, 'MessageFailedTwice', 'MessageFailed', 'MessageSent'];
  const stored: { seq: number }[] = [];
  for (const [n, type] of types.entries()) stored.push(await store(type, `e${n}`));
  const seqs = stored.map(({ seq }) => seq);
  await using reader = await openEventReader(nc, { filter: 'evt.*.typed.>', from: 1, types: ['MessageFailed'] });
  const read = async (limit: number) => {
    const { events, readTo, atEnd } = await reader.next(limit);
    return { ids: events.map(({ event }) => event.id), readTo, atEnd };
  };
  expect(await read(1)).toEqual({ ids: [], readTo: seqs[0], atEnd: false });
  expect(await read(4)).toEqual({ ids: ['e1', 'e2', 'e4'], readTo: seqs[4], atEnd: false });
  expect(await read(4)).toEqual({ ids: [], readTo: seqs[5], atEnd: true });
});

test('a page that was asked for ahead is none too many: fewer may be wanted of it, and what was stored meanwhile comes behind it', async () => {
  await using reader = await openEventReader(nc, { filter: 'evt.*.ours.>', from: 1 });
  const read: number[] = [];
  for (const limit of [2, 3, 1, 1]) read.push(...(await reader.next(limit)).events.map(({ seq }) => seq));
  expect(read).toEqual([1, 3, 5, 7, 9, 11, 13]);
  const stored = await publisher.publish('evt.message.ours.s', JSON.stringify({ id: 'e21' }));
  const { events, atEnd } = await reader.next(10);
  expect(events.map(({ seq }) => seq).slice(0, 3)).toEqual([15, 17, 19]);
  const rest = atEnd ? [] : (await reader.next(10)).events;
  expect([...events, ...rest].at(-1)?.seq).toBe(stored.seq);
});

test('readers that are opened while the log is written to get to its end, whatever the server counts at that moment', async () => {
  let writing = true;
  let last = 0;
  const write = async () => {
    while (writing) last = (await publisher.publish('evt.message.busy.s', JSON.stringify({ id: 'busy' }))).seq;
  };
  const writers = Promise.all(Array.from({ length: 8 }, write));
  for (let n = 0; n < 300; n++) {
    const until = last;
    const pages = await readAll({ filter: 'evt.message.busy.>', from: Math.max(1, until - 5) }, 100);
    expect(pages.at(-1)!.readTo).toBeGreaterThanOrEqual(until);
  }
  writing = false;
  await writers;
});

test('a reader whose log has gone says so', async () => {
  const lonely = await startTestNats();
  const connection = await connectNats({ url: lonely.url, name: 'lonely' });
  await ensureStreams(connection);
  const own = createPublisher(connection);
  for (let n = 1; n <= 4; n++) await own.publish('evt.message.ours.s', JSON.stringify({ id: `e${n}` }));
  const reader = await openEventReader(connection, { filter: 'evt.*.ours.>', from: 1 });
  await reader.next(2);
  own.close();
  await connection.close();
  await expect(reader.next(2)).rejects.toThrow();
  await reader[Symbol.asyncDispose]();
  await lonely.stop();
});
