/**
 * HTTP to recipient through the whole platform, beside bare Baileys on the same sandbox, in turns of the same run.
 *
 * `async` is the like of Baileys' own `sendMessage`, which resolves when the stanza is written and waits for no acknowledgement: the caller
 * goes on with 202 once the message is stored. `sync` waits for WhatsApp's acknowledgement and every write behind it, which bare
 * Baileys never does; it is the answer a simple client gets.
 * Environment: ROUNDS (5), COUNT messages a round (2000), CONCURRENCY (32), RECIPIENTS known ones (50), MAX_OUTSIDE_CORES (0.2) that others may
 * take during a measurement, ATTEMPTS (10) to find such a moment.
 */
import { Agent, request } from 'node:http';
import { createClient } from '@wam/client';
import { startChild } from '../child-calls.ts';
import { startPlatformProcesses, untilReady } from '../platform-processes.ts';
import { measureUndisturbed } from '../process-cpu.ts';
import { inParallel, median, quantile, round as rounded } from '../statistics.ts';
import { type Round, recipientOf, type Started, textOf, wallClockMs } from './round.ts';

const rounds = Number(process.env.ROUNDS ?? 5);
const count = Number(process.env.COUNT ?? 2_000);
const concurrency = Number(process.env.CONCURRENCY ?? 32);
const recipientCount = Number(process.env.RECIPIENTS ?? 50);
const settleMs = 1_500;
const maxOutsideCores = Number(process.env.MAX_OUTSIDE_CORES ?? 0.2);
const attempts = Number(process.env.ATTEMPTS ?? 10);

await using sandbox = startChild(new URL('./sandbox.ts', import.meta.url));
await using bare = startChild(new URL('./bare-baileys.ts', import.meta.url));
await using platform = await startPlatformProcesses();
const network = await sandbox.call<{ url: string; scanUrl: string; noiseRoot: string }>('start', {
  dataDir: `${platform.folder}/sandbox`,
});
for (const target of ['auth', 'analytics', 'gateway']) platform.start(target);
platform.start('session-engine', {
  WAM_NETWORK: 'sandbox',
  WHATSAPP_URL: network.url,
  WHATSAPP_NOISE_ROOT: network.noiseRoot,
});
await untilReady(platform.url);

const client = createClient({ baseUrl: platform.url });
const { token, user } = await client.register({ body: { email: 'bench@example.com', password: 'securepassword123' } });
client.useToken(token);
const { sessionId } = await client.createSession({ body: { network: 'sandbox' } });
const { qrCode } = await client.getSessionQr({ params: { sessionId } });
await sandbox.call('scan', { qr: qrCode, owner: user.userId });
while ((await client.getSessionStatus({ params: { sessionId } })).status !== 'connected') {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
await bare.call('connect', network);

const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
const target = new URL(`/api/sessions/${sessionId}/send`, platform.url);
/** node:http rather than fetch: the load generator shares the two cores, and it costs a third. */
function post(body: string, more: Record<string, string>, expected: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(
      target,
      {
        method: 'POST',
        agent,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...more,
        },
      },
      (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === expected
            ? resolve()
            : reject(new Error(`The gateway answered ${response.statusCode}`)),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
const sendOverHttp =
  (more: Record<string, string>, expected: number) =>
  async (round: Round): Promise<Started> => {
    const started: Started = [];
    await inParallel(round.count, round.concurrency, async (index) => {
      started[index] = wallClockMs();
      await post(JSON.stringify({ to: recipientOf(round, index), message: textOf(round, index) }), more, expected);
    });
    return started;
  };

interface Figures {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}
async function measure(round: Round, send: (round: Round) => Promise<Started>): Promise<Figures> {
  const texts = Array.from({ length: round.count }, (_, index) => textOf(round, index));
  const started = await send(round);
  const { times } = await sandbox.call<{ times: (number | undefined)[] }>('received', { texts, timeoutMs: 30_000 });
  const lost = times.filter((time) => time === undefined).length;
  if (lost > 0) throw new Error(`${round.name}: ${lost} of ${round.count} messages did not arrive`);
  const latencies = times.map((time, index) => time! - started[index]!);
  const elapsedMs = Math.max(...(times as number[])) - Math.min(...started);
  return {
    perSecond: (round.count / elapsedMs) * 1000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

const recipients = Array.from({ length: recipientCount }, (_, index) => String(919_870_000_000 + index));
const sides = {
  bare: (round: Round) => bare.call<Started>('send', round),
  async: sendOverHttp({ prefer: 'respond-async' }, 202),
  sync: sendOverHttp({}, 200),
};
type Side = keyof typeof sides;
const sideNames = ['bare', 'async', 'sync'] as const;
const results: Record<Side, Figures[]> = { bare: [], async: [], sync: [] };
for (const side of sideNames) {
  await measure({ name: `warm-up ${side}`, recipients, count: recipientCount * 2, concurrency: 8 }, sides[side]);
}
const processes = { ...platform.pids, sandbox: sandbox.process.pid!, baileys: bare.process.pid!, load: process.pid };
const cpuMs: Record<Side, Record<string, number>> = { bare: {}, async: {}, sync: {} };
await new Promise((resolve) => setTimeout(resolve, settleMs));
let discarded = 0;
let outsideCores = 0;
for (let index = 0; index < rounds; index++) {
  for (const side of sideNames) {
    let attempt = 0;
    const measured = await measureUndisturbed(
      processes,
      async () => {
        const round = { name: `${side} ${index} ${attempt++}`, recipients, count, concurrency };
        const figures = await measure(round, sides[side]);
        // Receipts and projections of a round are its own cost in the table below, and not the next one's.
        await new Promise((resolve) => setTimeout(resolve, settleMs));
        return figures;
      },
      { maxOutsideCores, attempts },
    );
    results[side].push(measured.value);
    discarded += measured.discarded;
    outsideCores = Math.max(outsideCores, measured.outsideCores);
    for (const [name, ms] of Object.entries(measured.cpuMs)) cpuMs[side][name] = (cpuMs[side][name] ?? 0) + ms;
  }
}

const summary = (side: Side) => ({
  perSecond: rounded(median(results[side].map((r) => r.perSecond))),
  p50Ms: rounded(median(results[side].map((r) => r.p50Ms))),
  p99Ms: rounded(median(results[side].map((r) => r.p99Ms))),
  cpuMsPerMessage: Object.fromEntries(
    Object.entries(cpuMs[side])
      .map(([name, ms]) => [name, rounded(ms / (rounds * count), 2)] as const)
      .filter(([, ms]) => ms > 0),
  ),
});
const ratioOf = (side: Side) => {
  const ratios = results[side].map((r, index) => r.perSecond / results.bare[index]!.perSecond);
  return { median: rounded(median(ratios), 2), each: ratios.map((r) => rounded(r, 2)) };
};
console.log(
  JSON.stringify(
    {
      bench: 'send',
      conditions: {
        rounds,
        count,
        concurrency,
        knownRecipients: recipientCount,
        node: process.version,
        discarded,
        outsideCores: rounded(outsideCores, 2),
      },
      bareBaileys: summary('bare'),
      async: summary('async'),
      sync: summary('sync'),
      ratioToBare: { async: ratioOf('async'), sync: ratioOf('sync') },
    },
    null,
    2,
  ),
);
agent.destroy();
