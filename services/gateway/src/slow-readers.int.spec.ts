/** Clients that stop reading, at a gateway in a process of its own that is weighed. SLOW_READERS=50 for the long version. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from './testing/call.ts';
import { messageKey, receivedEvent, subjectOf } from './testing/feed-clients.ts';
import { type Door, type Follower, followBy } from './testing/feed-followers.ts';
import { type GatewayProcess, type Memory, startGatewayProcess } from './testing/gateway-process.ts';
import { type Harness, startHarness } from './testing/harness.ts';

const count = Number(process.env.SLOW_READERS ?? 4);
const isLong = process.env.SLOW_READERS !== undefined;
const perSecond = 500;
/** What all of them read before any stops. */
const warmUpEvents = isLong ? 10 * perSecond : perSecond;
/**
 * Readers share a process with the publisher: on a busy machine it waits for them, or they would be slow against their will. With the largest
 * texts less than FEED_BUFFER_BYTES.
 */
const mostAhead = 100;
const megabyte = 1_048_576;
const maxGrowthBytes = 50 * megabyte;
/** Large where the buffers of the kernel have to fill up first. */
const textBytes: Record<Door, number> = {
  ws: 4_000,
  'socketio-websocket': 4_000,
  'socketio-polling': 100,
  sse: 4_000,
};
const waitMs = isLong ? 180_000 : 60_000;

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

/** V8 lets a process grow under load whatever it does: the same events with nobody slow, until it has settled. */
async function settled(): Promise<Memory> {
  const seen: Memory[] = [];
  while (seen.length < 20) {
    seen.push(await gateway.memory());
    const last = seen.slice(-4).map(({ residentBytes }) => residentBytes);
    if (last.length === 4 && Math.max(...last) - Math.min(...last) < 4 * megabyte) break;
    await delay(1_000);
  }
  return seen.at(-1)!;
}

/** The most of each kind, several times a second until `stop`. */
function watchMemory() {
  const most: Memory = { residentBytes: 0, heapBytes: 0, externalBytes: 0 };
  const ending = new AbortController();
  const watching = (async () => {
    for (;;) {
      const now = await gateway.memory();
      for (const kind of Object.keys(most) as (keyof Memory)[]) most[kind] = Math.max(most[kind], now[kind]);
      if (ending.signal.aborted) return most;
      await delay(100);
    }
  })();
  return {
    stop() {
      ending.abort();
      return watching;
    },
  };
}

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
    let memory: ReturnType<typeof watchMemory> | undefined;
    let reading = everybody;
    const leastRead = () => Math.min(...reading.map(({ ids }) => ids.length));
    async function publish(): Promise<void> {
      let dueAtMs = performance.now();
      while (!publishing.signal.aborted) {
        const due = Math.floor(((performance.now() - dueAtMs) * perSecond) / 1000);
        dueAtMs += (due * 1000) / perSecond;
        const room = Math.max(0, leastRead() + mostAhead - published.length);
        const events = Array.from({ length: Math.min(due, room) }, () => receivedEvent(tenant, sessionId, text));
        published.push(...events.map(({ id }) => id));
        await Promise.all(events.map((event) => harness.publishEvent(subjectOf(event), event)));
        await delay(10);
      }
    }
    const cuts = () => gateway.metric('wam_feed_cut_total');
    const haveRead = (events: number) =>
      eventually(() => expect(leastRead()).toBeGreaterThanOrEqual(events), { timeoutMs: waitMs });
    try {
      await Promise.all(everybody.map(({ ready }) => ready));
      const cutBefore = await cuts();
      const running = publish();
      await haveRead(warmUpEvents);
      const before = await (isLong ? settled() : gateway.memory());
      memory = watchMemory();
      reading = [steady];
      for (const follower of slow) follower.stall();
      await eventually(async () => expect((await cuts()) - cutBefore).toBeGreaterThanOrEqual(count), {
        timeoutMs: waitMs,
        intervalMs: 200,
      });
      publishing.abort();
      await running;
      reading = everybody;
      for (const follower of slow) follower.resume();
      await haveRead(published.length);
      const most = await memory.stop();
      for (const { ids } of everybody) expect(ids).toEqual(published);
      for (const { connections } of slow) expect(connections).toBeGreaterThan(1);
      const grown = (kind: keyof Memory) => most[kind] - before[kind];
      const megabytes = (kind: keyof Memory) => (grown(kind) / megabyte).toFixed(1);
      if (isLong)
        console.log(
          `${door}: ${published.length} events; MB of heap +${megabytes('heapBytes')}, buffers +${megabytes('externalBytes')}, resident +${megabytes('residentBytes')} to ${(most.residentBytes / megabyte).toFixed(0)}; the steady reader connected ${steady.connections} time(s)`,
        );
      expect(grown('heapBytes') + grown('externalBytes')).toBeLessThan(maxGrowthBytes);
      // The short version weighs a process that has not settled.
      if (isLong) expect(grown('residentBytes')).toBeLessThan(maxGrowthBytes);
    } finally {
      publishing.abort();
      await memory?.stop();
      for (const follower of everybody) follower.stop();
    }
  },
  waitMs * 4,
);
