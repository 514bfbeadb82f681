import { busHeaders } from '@wam/contracts';
import {
  connectNats,
  createPublisher,
  ensureStreams,
  type NatsConnection,
  type Publisher,
  readSubject,
} from '@wam/service-kit/nats';
import { startTestNats, type TestNats } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventNamed, eventStoreFeatures } from './features.ts';
import { createJetStreamEventStore } from './jetstream-event-store.ts';

let nats: TestNats;
let nc: NatsConnection;
let publisher: Publisher;

beforeAll(async () => {
  nats = await startTestNats();
  nc = await connectNats({ url: nats.url, name: 'event-store-spec' });
  await ensureStreams(nc);
  publisher = createPublisher(nc);
});
afterAll(async () => {
  publisher?.close();
  await nc?.close();
  await nats?.stop();
});

eventStoreFeatures('JetStream', async () => createJetStreamEventStore({ nc, publisher }));

test('every event names its type in a header, so that consumers can skip it unread', async () => {
  const store = createJetStreamEventStore({ nc, publisher });
  const subject = 'evt.session.t.headers';
  await store.append(subject, [eventNamed('SessionCreated')], {
    expectedSequence: 0,
    headers: { [busHeaders.network]: 'sandbox' },
  });
  const [message] = await readSubject(nc, { stream: 'EVT', subject });
  expect(message?.headers).toMatchObject({ [busHeaders.type]: 'SessionCreated', [busHeaders.network]: 'sandbox' });
});

test('what was acknowledged is there after the server was killed, and its writer goes on', async () => {
  const store = createJetStreamEventStore({ nc, publisher });
  const subject = 'evt.session.t.killed';
  const { lastSequence } = await store.append(subject, [eventNamed('A'), eventNamed('B')], { expectedSequence: 0 });
  await nats.kill();
  const underWay = store.append(subject, [eventNamed('C'), eventNamed('D')], { expectedSequence: lastSequence });
  await nats.restart();
  await underWay;
  const { events } = await store.read(subject);
  expect(events.map(({ event }) => event.type)).toEqual(['A', 'B', 'C', 'D']);
});
