import { randomUUID } from 'node:crypto';
import { subjects } from '@wam/contracts';
import { createSilentLogger, systemClock } from '@wam/service-kit';
import { connectNats, createPublisher, ensureStreams, type NatsConnection } from '@wam/service-kit/nats';
import { eventually, startTestNats } from '@wam/testkit';
import { expect, test } from 'vitest';
import { receivedEvent } from '../testing/feed-clients.ts';
import type { FeedEntry, MakeEntry } from './feed-entry.ts';
import { openTenantFeed } from './tenant-feed.ts';

type Callback = (error: Error | null, message: { subject: string }) => void;

/** The connection, whose live copies arrive when they are let through, without the nth ones. */
function holdingCopies(nc: NatsConnection) {
  const held: (() => void)[] = [];
  const connection = new Proxy(nc, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (property === 'subscribe')
        return (subject: string, options: { callback: Callback }) =>
          target.subscribe(subject, {
            callback: (error, message) =>
              subject.startsWith(subjects.live(''))
                ? void held.push(() => options.callback(error, message))
                : options.callback(error, message),
          });
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    connection,
    held,
    letThrough(lost: readonly number[]) {
      for (const [index, deliver] of held.splice(0).entries()) if (!lost.includes(index)) deliver();
    },
  };
}

const make: MakeEntry = (_tag, { seq, event }) => {
  const entry = { seq, event: { timestamp: event.at, id: event.id }, network: undefined, text: () => '' };
  return entry as unknown as FeedEntry;
};

test('a copy that was lost is found before what came to any session behind the copy that told of it', async () => {
  await using nats = await startTestNats();
  const nc = await connectNats({ url: nats.url, name: 'spec' });
  await ensureStreams(nc);
  const publisher = createPublisher(nc);
  const { connection, held, letThrough } = holdingCopies(nc);
  const tenant = randomUUID();
  const [one, two] = [randomUUID(), randomUUID()];
  const feed = await openTenantFeed(tenant, {
    ...{ nc: connection, make, clock: systemClock },
    logger: createSilentLogger(),
  });
  const seen: number[] = [];
  feed.follow(
    ({ seq }) => void seen.push(seq),
    () => undefined,
  );
  const stored: number[] = [];
  for (const sessionId of [one, one, two, one]) {
    const event = receivedEvent(tenant, sessionId, 'x');
    const subject = subjects.event('message', tenant, sessionId);
    stored.push((await publisher.publish(subject, JSON.stringify(event), { msgId: event.id })).seq);
  }
  await eventually(() => expect(held).toHaveLength(stored.length));
  letThrough([0]);
  await eventually(() => expect(seen).toHaveLength(stored.length));
  expect(seen).toEqual(stored);
  feed.close();
  publisher.close();
  await nc.close();
});
