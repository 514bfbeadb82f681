/**
 * Clients of every door at two gateways behind a round-robin proxy that cuts them at random, while the gateways are stopped, killed and
 * started again. FOLLOWERS=500 SECONDS=180 for the long version.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from './testing/call.ts';
import { messageKey, receivedEvent, subjectOf } from './testing/feed-clients.ts';
import { type Door, followBy } from './testing/feed-followers.ts';
import { type GatewayProcess, startGatewayProcess } from './testing/gateway-process.ts';
import { type Harness, startHarness } from './testing/harness.ts';
import { type RoundRobin, startRoundRobin } from './testing/round-robin.ts';

const followers = Number(process.env.FOLLOWERS ?? 30);
const seconds = Number(process.env.SECONDS ?? 6);
const accounts = 3;
const pauseMs = 20;
/** A connection lives for five seconds, more or less. */
const cutEveryMs = 100;
const cutChance = 0.01;
const restartEveryMs = Math.min(15_000, (seconds * 1000) / 3);
/** Of ten clients. */
const doors: readonly Door[] = [
  ...Array<Door>(5).fill('ws'),
  ...Array<Door>(2).fill('sse'),
  ...Array<Door>(2).fill('socketio-websocket'),
  'socketio-polling',
];

let harness: Harness;
let gateways: GatewayProcess[];
let proxy: RoundRobin;
const start = () =>
  startGatewayProcess({
    NATS_URL: harness.nats.url,
    WAM_MESSAGE_KEY: messageKey.toString('base64'),
    RATE_LIMIT_GENERAL: '100000000/1h',
  });
beforeAll(async () => {
  harness = await startHarness();
  gateways = await Promise.all([start(), start()]);
  proxy = await startRoundRobin(() => gateways.map(({ address }) => address));
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  for (const gateway of gateways ?? []) await gateway[Symbol.asyncDispose]();
  await harness?.[Symbol.asyncDispose]();
});

test(
  `${followers} clients that are cut at random for ${seconds} s while gateways restart miss nothing and get nothing twice`,
  async () => {
    const owners = await Promise.all(
      Array.from({ length: accounts }, async () => {
        const tenant = randomUUID();
        const token = await harness.issuer.token(tenant, { claims: { exp: Math.floor(Date.now() / 1000) + 3_600 } });
        const sessions = [harness.addSession(tenant), harness.addSession(tenant)];
        const { cursor } = (await call(proxy.address, '/api/events?after=latest', { token })).body as {
          cursor: string;
        };
        return { tenant, token, sessions, cursor, published: [] as string[] };
      }),
    );
    const clients = Array.from({ length: followers }, (_, index) => {
      const { token, cursor, published } = owners[index % accounts]!;
      const door = doors[index % doors.length]!;
      return { door, published, follower: followBy[door]({ address: () => proxy.address, token, after: cursor }) };
    });
    const ending = new AbortController();
    async function publish(): Promise<void> {
      for (let n = 0; !ending.signal.aborted; n++) {
        const { tenant, sessions, published } = owners[n % accounts]!;
        const event = receivedEvent(tenant, sessions[n % 2]!, `text ${n}`);
        published.push(event.id);
        await harness.publishEvent(subjectOf(event), event);
        await delay(pauseMs);
      }
    }
    async function cut(): Promise<void> {
      while (!ending.signal.aborted) {
        proxy.cut(cutChance);
        await delay(cutEveryMs);
      }
    }
    let restarts = 0;
    async function restart(): Promise<void> {
      while (!ending.signal.aborted) {
        const index = restarts % 2;
        // Stopped and killed in turns; while it is away the proxy still sends clients to where it was.
        await (restarts % 4 < 2 ? gateways[index]!.kill() : gateways[index]!.stop());
        gateways[index] = await start();
        restarts += 1;
        await delay(restartEveryMs, undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
    try {
      await Promise.all(clients.map(({ follower }) => follower.ready));
      const running = [publish(), cut(), restart()];
      await delay(seconds * 1000);
      await eventually(() => expect(restarts).toBeGreaterThan(1), { timeoutMs: 60_000 });
      ending.abort();
      await Promise.all(running);
      for (const { door, follower, published } of clients) {
        await eventually(() => expect(follower.ids.length, door).toBeGreaterThanOrEqual(published.length), {
          timeoutMs: 60_000,
        });
        expect(follower.ids, door).toEqual(published);
      }
      const connections = clients.reduce((sum, { follower }) => sum + follower.connections, 0);
      expect(connections).toBeGreaterThan(followers);
      const delivered = clients.reduce((sum, { follower }) => sum + follower.ids.length, 0);
      if (process.env.FOLLOWERS !== undefined)
        console.log(`${delivered} deliveries, ${connections} connections, ${restarts} restarts of a gateway`);
    } finally {
      ending.abort();
      for (const { follower } of clients) follower.stop();
    }
  },
  (seconds + 150) * 1000,
);
