/** Clients that stop reading, at a gateway in a process of its own that is weighed. SLOW_READERS=50 for the long version. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from './testing/call.ts';
import { messageKey, receivedEvent, subjectOf } from './testing/feed-clients.ts';
import { type Door, type Follower, followBy } from './testing/feed-followers.ts';
import { type GatewayProcess, startGatewayProcess } from './testing/gateway-process.ts';
import { type Harness, startHarness } from './testing/harness.ts';

const count = Number(process.env.SLOW_READERS ?? 4);
const isLong = process.env.SLOW_READERS !== undefined;
const perSecond = 500;
const maxGrowthBytes = 50 * 1024 * 1024;
/** Large where the buffers of the kernel have to fill up first. */
const textBytes: Record<Door, number> = {
  ws: 4_000,
  'socketio-websocket': 4_000,
  'socketio-polling': 100,
  sse: 4_000,
};
const waitMs = 60_000;

let harness: Harness;
let gateway: GatewayProcess;
beforeAll(async () => {
  const env = { WAM_MESSAGE_KEY: messageKey.toString('base64') };
  harness = await startHarness(env);
  gateway = await startGatewayProcess({ ...env, NATS_URL: harness.nats.url, RATE_LIMIT_GENERAL: '1000000/1h' });
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await harness?.[Symbol.asyncDispose]();
});

test.each<[Door]>([['ws'], ['socketio-websocket'], ['socketio-polling'], ['sse']])(
  `${count} readers by %s that stop reading at ${perSecond} events/s are cut, cost no memory, and get all of it when they resume`,
  async (door) => {
    const tenant = randomUUID();
    const token = await harness.issuer.token(tenant);
    const sessionId = harness.addSession(tenant);
    const { cursor } = (await call(gateway.address, '/api/events?after=latest', { token })).body as { cursor: string };
    const options = { address: () => gateway.address, token, after: cursor };
    const steady = followBy[door](options);
    const slow = Array.from({ length: count }, () => followBy[door](options));
    const everybody: Follower[] = [steady, ...slow];
    const text = 'x'.repeat(textBytes[door]);
    const published: string[] = [];
    const publishing = new AbortController();
    async function publish(): Promise<void> {
      const startedAtMs = performance.now();
      while (!publishing.signal.aborted) {
        const due = Math.floor(((performance.now() - startedAtMs) * perSecond) / 1000);
        const events = Array.from({ length: due - published.length }, () => receivedEvent(tenant, sessionId, text));
        published.push(...events.map(({ id }) => id));
        await Promise.all(events.map((event) => harness.publishEvent(subjectOf(event), event)));
        await delay(10);
      }
    }
    const cuts = () => gateway.metric('wam_feed_cut_total');
    try {
      await Promise.all(everybody.map(({ ready }) => ready));
      const cutBefore = await cuts();
      const running = publish();
      // All of them read for a moment: what the same events cost without anybody slow.
      await eventually(() => expect(Math.min(...everybody.map(({ ids }) => ids.length))).toBeGreaterThan(perSecond));
      const before = await gateway.memory();
      for (const follower of slow) follower.stall();
      const most = { ...before };
      await eventually(
        async () => {
          const { usedBytes, residentBytes } = await gateway.memory();
          most.usedBytes = Math.max(most.usedBytes, usedBytes);
          most.residentBytes = Math.max(most.residentBytes, residentBytes);
          expect((await cuts()) - cutBefore).toBeGreaterThanOrEqual(count);
        },
        { timeoutMs: waitMs, intervalMs: 200 },
      );
      publishing.abort();
      await running;
      expect(most.usedBytes - before.usedBytes).toBeLessThan(maxGrowthBytes);
      // A young process takes more of the machine whatever it does; it has settled in the long version.
      if (isLong) expect(most.residentBytes - before.residentBytes).toBeLessThan(maxGrowthBytes);
      for (const follower of slow) follower.resume();
      for (const { ids } of everybody) {
        await eventually(() => expect(ids.length).toBeGreaterThanOrEqual(published.length), { timeoutMs: waitMs });
        expect(ids).toEqual(published);
      }
      for (const { connections } of slow) expect(connections).toBeGreaterThan(1);
      const grown = (kind: keyof typeof most) => ((most[kind] - before[kind]) / 1_048_576).toFixed(1);
      if (isLong)
        console.log(
          `${door}: ${published.length} events; MB in use +${grown('usedBytes')}, resident +${grown('residentBytes')}; the steady reader connected ${steady.connections} time(s)`,
        );
    } finally {
      publishing.abort();
      for (const follower of everybody) follower.stop();
    }
  },
  waitMs * 4,
);
