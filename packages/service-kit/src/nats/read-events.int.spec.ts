import type { AnyEvent } from '@wam/contracts';
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

test('events come with their content, and the headers of their writer', async () => {
  await using reader = await openEventReader(nc, { filter: 'evt.*.ours.>', from: 1 });
  const [first] = (await reader.next(1)).events;
  expect(first?.event).toEqual({ id: 'e1' } as Partial<AnyEvent>);
  expect(first?.headers['Wam-Network']).toBe('sandbox');
});
