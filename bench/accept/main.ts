/**
 * Accepted sends (202) per second of one gateway process with token, limits, quota, validation, session lookup and acknowledged publish, beside
 * bare Fastify and bare Fastify with the same acknowledged publish, in turns of the same run. Load generator, servers and gateway share the machine.
 * Environment: ROUNDS (5), COUNT requests a round (20000), CONNECTIONS (64).
 */
import { randomUUID } from 'node:crypto';
import { createClient } from '@wam/client';
import { subjects } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { connectNats, createPublisher } from '@wam/service-kit/nats';
import autocannon from 'autocannon';
import { startChild } from '../child-calls.ts';
import { startPlatformProcesses, untilReady } from '../platform-processes.ts';
import { measureUndisturbed, takeUsualPriority } from '../process-cpu.ts';
import { median, round } from '../statistics.ts';

const rounds = Number(process.env.ROUNDS ?? 5);
const count = Number(process.env.COUNT ?? 20_000);
const connections = Number(process.env.CONNECTIONS ?? 64);
/** A measurement during which others had more of the machine than this is made again. */
const undisturbed = { maxOutsideCores: 0.1, attempts: 3 };
/** The bus takes 1,000 waiting commands of one session, and nobody consumes them here. */
const sessionCount = Math.ceil((2 * (1 + rounds * undisturbed.attempts) * count) / 900);

takeUsualPriority();
await using platform = await startPlatformProcesses();
await using bare = startChild(new URL('./bare-gateway.ts', import.meta.url));
for (const target of ['auth', 'analytics', 'gateway']) platform.start(target);
await untilReady(platform.url);
const client = createClient({ baseUrl: platform.url });
const { token, user } = await client.register({ body: { email: 'bench@example.com', password: 'securepassword123' } });
client.useToken(token);
const tenant = user.userId;

/** Sessions as facts in the log: no engine runs here. */
const nats = await connectNats({ url: platform.natsUrl, name: 'bench' });
const publisher = createPublisher(nats);
const sessionIds = Array.from({ length: sessionCount }, () => randomUUID());
await Promise.all(
  sessionIds.map((sessionId) =>
    publisher.publish(
      subjects.event('session', tenant, sessionId),
      JSON.stringify({
        id: `evt_${newUlid()}`,
        type: 'SessionCreated',
        v: 1,
        version: 1,
        tenant,
        at: new Date().toISOString(),
        correlationId: 'bench',
        causationId: 'bench',
        data: { sessionId, name: 'bench', description: '', network: 'sandbox' },
      }),
    ),
  ),
);
await client.listSessions();

const bareUrl = await bare.call<string>('start', { natsUrl: platform.natsUrl, tenant });
const sides = {
  bareFastify: (sessionId: string) => ({ url: bareUrl, path: `/bare/${sessionId}` }),
  barePublishing: (sessionId: string) => ({ url: bareUrl, path: `/publishing/${sessionId}` }),
  gateway: (sessionId: string) => ({ url: platform.url, path: `/api/sessions/${sessionId}/send` }),
};
type Side = keyof typeof sides;
const order = ['bareFastify', 'barePublishing', 'gateway'] as const satisfies Side[];

let next = 0;
async function measure(side: Side): Promise<{ perSecond: number; p50Ms: number; p99Ms: number }> {
  const startedAtMs = performance.now();
  let lastAtMs = startedAtMs;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(
      {
        url: sides[side]('').url,
        connections,
        amount: count,
        requests: [
          {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'respond-async' },
            setupRequest: (request) => ({
              ...request,
              path: sides[side](sessionIds[next++ % sessionCount]!).path,
              body: '{"to":"919876543210","message":"Hello from the benchmark, a message of usual length."}',
            }),
          },
        ],
      },
      (error, done) => (error ? reject(error as Error) : resolve(done)),
    );
    // The generator's own duration is in whole seconds.
    run.on('response', () => {
      lastAtMs = performance.now();
    });
  });
  if (result['2xx'] !== count)
    throw new Error(`${side}: only ${result['2xx']} of ${count} accepted (${result.non2xx} refused)`);
  return { perSecond: (count / (lastAtMs - startedAtMs)) * 1000, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}

const processes = { ...platform.pids, bare: bare.process.pid!, load: process.pid };
const measureWithCpu = async (side: Side) => {
  const { value, cpuMs, outsideCores } = await measureUndisturbed(processes, () => measure(side), undisturbed);
  const cpuUs = Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, (ms * 1000) / count]));
  return { ...value, cpuUs, outsideCores };
};
const results: Record<Side, Awaited<ReturnType<typeof measureWithCpu>>[]> = {
  bareFastify: [],
  barePublishing: [],
  gateway: [],
};
for (const side of order) await measure(side);
for (let index = 0; index < rounds; index++) {
  for (const side of order) results[side].push(await measureWithCpu(side));
}
const medianOf = (side: Side, figure: (result: (typeof results)[Side][number]) => number) =>
  median(results[side].map(figure));
const summary = (side: Side) => ({
  perSecond: round(
    medianOf(side, (r) => r.perSecond),
    0,
  ),
  p50Ms: medianOf(side, (r) => r.p50Ms),
  p99Ms: medianOf(side, (r) => r.p99Ms),
  cpuUsPerAccept: Object.fromEntries(
    Object.keys(processes).map((name) => [
      name,
      round(
        medianOf(side, ({ cpuUs }) => cpuUs[name]!),
        0,
      ),
    ]),
  ),
  outsideCores: round(
    medianOf(side, (r) => r.outsideCores),
    2,
  ),
});
const ratioTo = (reference: Side) => {
  const each = results.gateway.map((r, index) => r.perSecond / results[reference][index]!.perSecond);
  return { median: round(median(each), 2), each: each.map((r) => round(r, 2)) };
};
console.log(
  JSON.stringify(
    {
      bench: 'accept',
      conditions: { rounds, count, connections, sessions: sessionCount, node: process.version },
      ...Object.fromEntries(order.map((side) => [side, summary(side)])),
      ratioToBareFastify: ratioTo('bareFastify'),
      ratioToBarePublishing: ratioTo('barePublishing'),
    },
    null,
    2,
  ),
);
await nats.close();
