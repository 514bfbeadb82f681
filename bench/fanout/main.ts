/**
 * Events a second that reach 1, 100 and 1,000 sockets of one account through the gateway: stored and copied by the bus (`gateway`), and as copies
 * that nobody stores (`carried`: what the gateway does when it need not wait for the store); the latter also through its other doors (`socketio`, `sse`).
 * Stored beforehand, to clients that come back for them with a cursor (`fromLog`). Beside bare `ws` that broadcasts the same bytes, told by the copies
 * of stored events (`busFed`), and from memory. In turns, in one run; with what an event costs each process, and with how many the bus stores that
 * nobody follows, which bounds the first. Environment: ROUNDS (5), SOCKETS (1,100,1000), DELIVERIES (300000), SIDES (all).
 */
import { randomUUID } from 'node:crypto';
import { createClient } from '@wam/client';
import { startChild } from '../child-calls.ts';
import { startPlatformProcesses, untilReady } from '../platform-processes.ts';
import { cpuOf } from '../process-cpu.ts';
import { median, round } from '../statistics.ts';

const rounds = Number(process.env.ROUNDS ?? 5);
const deliveries = Number(process.env.DELIVERIES ?? 300_000);
const sizes = (process.env.SOCKETS ?? '1,100,1000').split(',').map(Number);
const asked = process.env.SIDES?.split(',');
const mostEvents = 30_000;
const fewSockets = sizes.filter((count) => count <= 100);

await using platform = await startPlatformProcesses({ FEED_CONNECTIONS_PLANS: 'benchmark=5000' });
await using sockets = startChild(new URL('./sockets.ts', import.meta.url));
await using bare = startChild(new URL('./bare-ws.ts', import.meta.url));
await using busFed = startChild(new URL('./bare-ws.ts', import.meta.url));
await using publisher = startChild(new URL('../event-publisher.ts', import.meta.url));
platform.start('auth');
const gateway = platform.start('gateway');
await untilReady(platform.url);
await publisher.call('connect', platform.natsUrl);

async function register() {
  const client = createClient({ baseUrl: platform.url, retries: 20 });
  const email = `${randomUUID()}@example.com`;
  const { token, user } = await client.register({ body: { email, password: 'securepassword123' } });
  client.useToken(token);
  return { client, token, tenant: user.userId };
}
const owner = await register();
/** Gets copies only: what is stored of others must not come between them. */
const carried = await register();
/** Comes back for what was stored meanwhile. */
const returning = await register();
/** Whose copies tell bare `ws` when: the gateway must not be at work meanwhile. */
const other = randomUUID();
await busFed.call('follow', { natsUrl: platform.natsUrl, tenant: other });

const sessionId = randomUUID();
const prepare =
  (tenant: string, how: 'prepare' | 'prepareCopies' = 'prepare') =>
  (count: number) =>
    publisher.call(how, { tenant, sessionId, count });
const publish = () => publisher.call('publish');
await prepare(owner.tenant)(1);
await publish();
const { events } = await owner.client.listEvents({ query: { limit: 1 } });
const sample = JSON.stringify(events[0]);
for (const side of [bare, busFed]) await side.call('frame', sample);

interface Side {
  door?: 'ws' | 'socketio' | 'sse';
  /** Sockets that it is measured with; all sizes without it. */
  sizes?: readonly number[];
  url: string;
  headers: Record<string, string>;
  /** What each socket gets before the first event. */
  readyFrames: number;
  pid: number;
  prepare?(events: number): Promise<unknown>;
  run?(events: number): Promise<unknown>;
  /** Stores events before sockets come for them. @returns the cursor they come with */
  store?(events: number): Promise<string>;
}
const sides = {
  gateway: {
    url: `${platform.url}/ws`,
    headers: { authorization: `Bearer ${owner.token}` },
    readyFrames: 1,
    pid: gateway.pid!,
    prepare: prepare(owner.tenant),
    run: publish,
  },
  carried: {
    url: `${platform.url}/ws`,
    headers: { authorization: `Bearer ${carried.token}` },
    readyFrames: 1,
    pid: gateway.pid!,
    prepare: prepare(carried.tenant, 'prepareCopies'),
    run: publish,
  },
  socketio: {
    door: 'socketio',
    sizes: fewSockets,
    url: `${platform.url}/socket.io/?EIO=4&transport=websocket`,
    headers: { authorization: `Bearer ${carried.token}` },
    readyFrames: 3,
    pid: gateway.pid!,
    prepare: prepare(carried.tenant, 'prepareCopies'),
    run: publish,
  },
  sse: {
    door: 'sse',
    sizes: fewSockets,
    url: `${platform.url}/api/events`,
    headers: { authorization: `Bearer ${carried.token}` },
    readyFrames: 1,
    pid: gateway.pid!,
    prepare: prepare(carried.tenant, 'prepareCopies'),
    run: publish,
  },
  fromLog: {
    sizes: fewSockets,
    url: `${platform.url}/ws`,
    headers: { authorization: `Bearer ${returning.token}` },
    readyFrames: 1,
    pid: gateway.pid!,
    async store(events) {
      const { cursor } = await returning.client.listEvents({ query: { after: 'latest' } });
      await prepare(returning.tenant)(events);
      await publish();
      return cursor;
    },
  },
  busFed: {
    url: await busFed.call<string>('address'),
    headers: {},
    readyFrames: 0,
    pid: busFed.process.pid!,
    prepare: prepare(other),
    run: publish,
  },
  memory: {
    url: await bare.call<string>('address'),
    headers: {},
    readyFrames: 0,
    pid: bare.process.pid!,
    run: (count: number) => bare.call('fromMemory', count),
  },
} satisfies Record<string, Side>;
type Name = keyof typeof sides;

interface Measured {
  /** Events a second that reached every socket. */
  rate: number;
  /** CPU time of each process at work, for one event to all sockets. */
  cpuUs: Record<string, number>;
}
async function measure(name: Name, count: number, events: number): Promise<Measured> {
  const { door = 'ws', url, headers, readyFrames, pid, prepare, run, store }: Side = sides[name];
  const target = { door, url, headers, count, readyFrames };
  const after = await store?.(events);
  if (after === undefined) {
    await sockets.call('open', target);
    await sockets.call('expect', events);
  }
  await prepare?.(events);
  const pids = {
    sender: pid,
    clients: sockets.process.pid!,
    ...(run === undefined || prepare !== undefined ? { bus: platform.pids.nats! } : {}),
    ...(prepare === undefined ? {} : { publisher: publisher.process.pid! }),
  };
  const cpuBefore = cpuOf(pids);
  const startedAtMs = Date.now();
  if (after !== undefined)
    await sockets.call('open', { ...target, url: `${url}?after=${after}`, expected: readyFrames + events });
  const [arrivedAtMs] = await Promise.all([sockets.call<number>('arrived'), run?.(events)]);
  const cpuUs = Object.entries(cpuOf(pids)).map(([of, ms]) => [of, ((ms - cpuBefore[of]!) * 1000) / events]);
  return { rate: (events / (arrivedAtMs - startedAtMs)) * 1000, cpuUs: Object.fromEntries(cpuUs) };
}

/** Events a second that the bus stores while nobody follows them. */
async function storedPerSecond(): Promise<number> {
  await prepare(randomUUID())(mostEvents);
  const startedAtMs = Date.now();
  await publish();
  return (mostEvents / (Date.now() - startedAtMs)) * 1000;
}
const stored: number[] = [];
for (let index = 0; index < rounds; index++) stored.push(round(await storedPerSecond(), 0));
const table = [];
for (const count of sizes) {
  const events = Math.min(mostEvents, Math.ceil(deliveries / count));
  const names = (Object.keys(sides) as Name[]).filter(
    (name) => (asked?.includes(name) ?? true) && ((sides[name] as Side).sizes?.includes(count) ?? true),
  );
  const measured = Object.fromEntries(names.map((name) => [name, [] as Measured[]])) as Record<Name, Measured[]>;
  for (let index = -1; index < rounds; index++)
    for (const name of names) {
      const each = await measure(name, count, events);
      // The first round warms up.
      if (index >= 0) measured[name].push(each);
    }
  const ratio = (of: Name, to: Name) => {
    const each = measured[of].map(({ rate }, index) => round(rate / measured[to][index]!.rate, 2));
    return { median: median(each), each };
  };
  const figures = (name: Name) => ({
    deliveriesPerSecond: round(median(measured[name].map(({ rate }) => rate)) * count, 0),
    cpuUsPerEvent: Object.fromEntries(
      Object.keys(measured[name][0]!.cpuUs).map((of) => [
        of,
        round(median(measured[name].map(({ cpuUs }) => cpuUs[of]!)), 1),
      ]),
    ),
    ...(name === 'gateway' ? { toBusFed: ratio(name, 'busFed') } : {}),
    ...(name === 'memory' ? {} : { toMemory: ratio(name, 'memory') }),
  });
  table.push({ sockets: count, events, ...Object.fromEntries(names.map((name) => [name, figures(name)])) });
}
console.log(
  JSON.stringify(
    {
      bench: 'fanout',
      conditions: { rounds, bytes: sample.length, node: process.version },
      storedPerSecondWithoutFollowers: { median: median(stored), each: stored },
      table,
    },
    null,
    2,
  ),
);
