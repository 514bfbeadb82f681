import { startTestNats } from '@wam/testkit';
import { expect, test } from 'vitest';
import { openBucket } from './bucket.ts';
import { connectNats } from './connect.ts';
import { isWrongRevision } from './errors.ts';

test('of two writers at one revision exactly one wins, and the other can tell why it lost', async () => {
  await using nats = await startTestNats();
  const nc = await connectNats({ url: nats.url, name: 'bucket-spec' });
  const bucket = await openBucket(nc, 'leases');
  const revision = await bucket.create('p.1', 'nobody');
  await expect(bucket.create('p.1', 'me too')).rejects.toSatisfy(isWrongRevision);
  const outcomes = await Promise.allSettled(['a', 'b'].map((owner) => bucket.update('p.1', owner, revision)));
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const lost = outcomes.find((outcome) => outcome.status === 'rejected');
  expect(isWrongRevision(lost?.reason)).toBe(true);
  await nc.close();
});

test('the first connection waits for a server that is still starting, and gives up after its time', async () => {
  await using nats = await startTestNats();
  await nats.kill();
  await expect(connectNats({ url: nats.url, name: 'early', firstConnectTimeoutMs: 50 })).rejects.toThrow(/refused/i);
  const connecting = connectNats({ url: nats.url, name: 'early' });
  await nats.restart();
  const nc = await connecting;
  expect(nc.isClosed()).toBe(false);
  await nc.close();
});
