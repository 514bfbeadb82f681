import { type BusUserName, busUserNames } from '@wam/contracts';
import { startTestNats, type TestNats } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { authorizationFile } from './authorization-file.ts';
import { connectBus, type NatsConnection } from './connect.ts';
import { createNkey } from './permissions.ts';
import { ensureStreams } from './streams.ts';

const keys = new Map(busUserNames.map((user) => [user, createNkey()]));
const connections = new Map<BusUserName, NatsConnection>();
const refusals = new Map<BusUserName, number>();
let nats: TestNats;

beforeAll(async () => {
  nats = await startTestNats({
    configuration: authorizationFile((user) => ({ nkey: keys.get(user)?.publicKey ?? '' })),
  });
  for (const [user, { seed }] of keys) {
    const nc = await connectBus({ NATS_URL: nats.url, NATS_NKEY_SEED: new Secret(seed) }, user);
    connections.set(user, nc);
    void watchRefusals(user, nc);
  }
  await ensureStreams(connectionOf('prepare'));
});
afterAll(async () => {
  for (const connection of connections.values()) await connection.close();
  await nats.stop();
});

function connectionOf(user: BusUserName): NatsConnection {
  const connection = connections.get(user);
  if (connection === undefined) throw new Error(`${user} is not connected`);
  return connection;
}

async function watchRefusals(user: BusUserName, nc: NatsConnection): Promise<void> {
  for await (const { type } of nc.status()) if (type === 'error') refusals.set(user, (refusals.get(user) ?? 0) + 1);
}

/** The server tells of a refusal before it answers the ping behind it. */
async function isPublishAllowed(user: BusUserName, subject: string): Promise<boolean> {
  const nc = connectionOf(user);
  const before = refusals.get(user);
  nc.publish(subject);
  await nc.flush();
  await new Promise(setImmediate);
  return refusals.get(user) === before;
}
async function isSubscribeAllowed(user: BusUserName, subject: string): Promise<boolean> {
  const nc = connectionOf(user);
  let refused = false;
  const subscription = nc.subscribe(subject, {
    callback: (error) => {
      if (error) refused = true;
    },
  });
  await nc.flush();
  if (!refused) subscription.unsubscribe();
  return !refused;
}

describe('publishing', () => {
  test.each<[BusUserName, string, boolean]>([
    ['gateway', 'cmd.sandbox.1.ten.ses', true],
    ['gateway', 'req.auth.login', true],
    ['gateway', 'own.sandbox.1', true],
    ['gateway', 'evt.session.ten.ses', false],
    ['gateway', '$KV.leases.sandbox.1', false],
    ['gateway', '_INBOX_dispatcher.a', false],
    ['gateway', '_INBOX_gateway.a', true],
    ['gateway', '$JS.API.STREAM.DELETE.EVT', false],
    ['gateway', '$JS.API.CONSUMER.CREATE.CMD', false],
    ['session-engine', 'evt.session.ten.ses', true],
    ['session-engine', 'evt.message.ten.ses', true],
    ['session-engine', '$KV.leases.sandbox.1', true],
    ['session-engine', '_INBOX_gateway.a', true],
    ['session-engine', '$JS.ACK.CMD.a.1.1.1.1.1', true],
    ['session-engine', 'evt.account.ten.ten', false],
    // For a session that was moved to another pool.
    ['session-engine', 'cmd.sandbox.1.ten.ses', true],
    ['session-engine', 'req.auth.login', false],
    ['session-engine', '$JS.API.STREAM.PURGE.CMD', false],
    ['session-engine', '$JS.API.STREAM.DELETE.KV_leases', false],
    ['session-engine', '$JS.API.STREAM.UPDATE.KV_leases', false],
    ['auth', 'evt.account.ten.ten', true],
    ['auth', 'evt.session.ten.ses', false],
    ['auth', '$KV.leases.sandbox.1', false],
    ['dispatcher', 'cmd.sandbox.1.ten.ses', true],
    ['dispatcher', 'evt.campaign.ten.camp', true],
    ['dispatcher', 'evt.message.ten.ses', false],
    ['dispatcher', 'req.webhooks.createWebhook', false],
    ['analytics', '_INBOX_gateway.a', true],
    ['analytics', 'evt.message.ten.ses', false],
    ['analytics', 'cmd.sandbox.1.ten.ses', false],
    ['analytics', 'req.auth.login', false],
    ['analytics', '$JS.API.STREAM.MSG.GET.CMD', true],
    ['analytics', '$JS.API.STREAM.MSG.DELETE.DLQ', false],
    ['analytics', '$JS.API.CONSUMER.CREATE.CMD', false],
    ['webhooks', 'evt.webhook.ten.hook', true],
    ['webhooks', 'cmd.sandbox.1.ten.ses', false],
    ['sandbox', 'evt.message.ten.ses', false],
    ['prepare', '$JS.API.STREAM.UPDATE.EVT', true],
    ['prepare', '$JS.API.STREAM.DELETE.EVT', false],
    ['prepare', '$JS.API.STREAM.CREATE.KV_leases', true],
    ['prepare', '$KV.leases.sandbox.1', false],
    ['operator', '$JS.API.CONSUMER.CREATE.KV_leases', true],
    ['operator', '$JS.API.INFO', true],
    ['gateway', '$JS.API.INFO', false],
    ['operator', '$KV.leases.sandbox.1', false],
    ['operator', '$JS.API.STREAM.MSG.DELETE.DLQ', true],
    ['operator', '$JS.API.STREAM.MSG.DELETE.EVT', false],
    ['operator', 'evt.message.ten.ses', false],
    ['operator', '$JS.API.STREAM.SNAPSHOT.EVT', true],
    ['operator', '$JS.API.STREAM.RESTORE.EVT', false],
    ['prepare', '$JS.API.STREAM.RESTORE.EVT', true],
    ['prepare', '$JS.API.STREAM.SNAPSHOT.EVT', false],
    ['gateway', '$JS.API.STREAM.SNAPSHOT.EVT', false],
  ])('%s to %s: %s', async (user, subject, allowed) => {
    expect(await isPublishAllowed(user, subject)).toBe(allowed);
  });
});

describe('listening', () => {
  test.each<[BusUserName, string, boolean]>([
    ['gateway', '_INBOX_gateway.>', true],
    ['gateway', 'rt.evt.session.>', true],
    ['gateway', '_INBOX_auth.>', false],
    ['gateway', 'cmd.>', false],
    ['gateway', 'req.auth.>', false],
    ['session-engine', 'own.sandbox.1', true],
    ['session-engine', 'req.auth.*', false],
    ['session-engine', '_INBOX_gateway.>', false],
    ['auth', 'req.auth.*', true],
    ['auth', 'evt.>', false],
    ['dispatcher', 'upl.dispatcher.a', true],
    ['analytics', 'rt.evt.>', false],
    ['webhooks', 'cmd.>', false],
    ['sandbox', 'evt.>', false],
    ['operator', 'cmd.>', true],
    ['operator', '>', false],
  ])('%s to %s: %s', async (user, subject, allowed) => {
    expect(await isSubscribeAllowed(user, subject)).toBe(allowed);
  });
});

test('a stranger, and a user without its key, are refused', async () => {
  await expect(connectBus({ NATS_URL: nats.url }, 'operator')).rejects.toThrow(/authorization/i);
  const other = new Secret(createNkey().seed);
  await expect(connectBus({ NATS_URL: nats.url, NATS_NKEY_SEED: other }, 'operator')).rejects.toThrow(/authorization/i);
});
