/**
 * Deliveries a second, from the event log through Postgres to a receiver that answers, beside bare undici posting the same bytes to the same
 * receiver, in turns: with one webhook, with several that are told of the same events, and with one whose events are in the log already, since the
 * process was frozen while they were published. Then how long deliveries take while other accounts' receivers hang, beside how long they take alone.
 * Every side has some rounds that do not count, until it is warm. A run during which others took more than a fifth of a core is made again, whichever
 * side it is of. Environment: ROUNDS (5), WARM_UP (3), COUNT (30000), CONCURRENCY (64).
 */
import { randomUUID } from 'node:crypto';
import { createClient } from '@wam/client';
import { subjects } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { connectNats, createPublisher } from '@wam/service-kit/nats';
import { startChild } from '../child-calls.ts';
import { startPlatformProcesses, untilReady } from '../platform-processes.ts';
import { measureUndisturbed } from '../process-cpu.ts';
import { median, quantile, round } from '../statistics.ts';

const rounds = Number(process.env.ROUNDS ?? 5);
const warmUpRounds = Number(process.env.WARM_UP ?? 3);
const count = Number(process.env.COUNT ?? 30_000);
const concurrency = Number(process.env.CONCURRENCY ?? 64);
/** Webhooks of the second account. */
const several = 4;
const neighbours = 4;
const steadySeconds = 8;
const perSecond = 100;

await using platform = await startPlatformProcesses();
await using receiver = startChild(new URL('./receiver.ts', import.meta.url));
await using bare = startChild(new URL('./bare-undici.ts', import.meta.url));
await using flood = startChild(new URL('../event-publisher.ts', import.meta.url));
for (const target of ['auth', 'gateway']) platform.start(target);
const webhooks = platform.start('webhooks', {
  WEBHOOK_ALLOW: '127.0.0.1',
  WEBHOOK_CONCURRENCY: String(concurrency),
  WEBHOOK_ACCOUNT_CONCURRENCY: String(concurrency),
});
await untilReady(platform.url);
const urls = await receiver.call<{ counting: string; timing: string; hanging: string }>('start');
const nats = await connectNats({ url: platform.natsUrl, name: 'bench' });
const publisher = createPublisher(nats);
await flood.call('connect', platform.natsUrl);

async function accountWith(url: string) {
  const client = createClient({ baseUrl: platform.url, retries: 20 });
  const email = `${randomUUID()}@example.com`;
  const { token, user } = await client.register({ body: { email, password: 'securepassword123' } });
  client.useToken(token);
  const { webhookId } = await client.createWebhook({ body: { url } });
  return { client, tenant: user.userId, sessionId: randomUUID(), webhookId };
}
type Account = Awaited<ReturnType<typeof accountWith>>;

const publish = ({ tenant, sessionId }: Account) => {
  const id = `evt_${newUlid()}`;
  const data = { sessionId, messageId: `msg_${newUlid()}`, waMessageId: '3EB0C767D097B7F4C030' };
  const envelope = { v: 1, version: 0, tenant, at: new Date().toISOString(), correlationId: id, causationId: id };
  const event = JSON.stringify({ id, type: 'MessageDelivered', ...envelope, data });
  return publisher.publish(subjects.event('message', tenant, sessionId), event, { msgId: id });
};

const owner = await accountWith(urls.counting);
const withSeveral = await accountWith(urls.counting);
for (let n = 1; n < several; n++) await withSeveral.client.createWebhook({ body: { url: urls.counting } });
const prepare = ({ tenant, sessionId }: Account, events: number) =>
  flood.call('prepare', { tenant, sessionId, count: events });
async function ours(): Promise<number> {
  const arrived = receiver.call<number>('until', count);
  const startedAtMs = Date.now();
  await flood.call('publish');
  return (count / ((await arrived) - startedAtMs)) * 1000;
}
async function behind(): Promise<number> {
  const arrived = receiver.call<number>('until', count);
  webhooks.kill('SIGSTOP');
  await flood.call('publish');
  const startedAtMs = Date.now();
  webhooks.kill('SIGCONT');
  return (count / ((await arrived) - startedAtMs)) * 1000;
}
async function undici(): Promise<number> {
  const { body, headers } = await receiver.call<{ body: string; headers: Record<string, string> }>('sample');
  const kept = Object.entries(headers).filter(([name]) => /^(webhook-|content-type|user-agent)/.test(name));
  const arrived = receiver.call<number>('until', count);
  const given = { url: urls.counting, count, concurrency, body, headers: Object.fromEntries(kept) };
  const startedAtMs = await bare.call<number>('post', given);
  return (count / ((await arrived) - startedAtMs)) * 1000;
}
type Side = 'one' | 'several' | 'behind' | 'undici';
interface Measurement {
  side: Side;
  /** Not measured. */
  before?: () => Promise<unknown>;
  run: () => Promise<number>;
}
const results: Record<Side, number[]> = { one: [], several: [], behind: [], undici: [] };
const cpuUs: Record<Side, Record<string, number>[]> = { one: [], several: [], behind: [], undici: [] };
const outsideCores: number[] = [];
const processes = {
  ...platform.pids,
  receiver: receiver.process.pid!,
  bare: bare.process.pid!,
  publisher: flood.process.pid!,
};
const quietEnough = { maxOutsideCores: 0.2, attempts: 5 };
async function measure({ side, before, run }: Measurement): Promise<void> {
  const measured = await measureUndisturbed(processes, run, { ...quietEnough, before });
  results[side].push(measured.value);
  outsideCores.push(round(measured.outsideCores, 2));
  const each = Object.entries(measured.cpuMs).map(([name, ms]) => [name, (ms * 1000) / count] as const);
  cpuUs[side].push(Object.fromEntries(each));
}
const measurements: readonly Measurement[] = [
  { side: 'one', before: () => prepare(owner, count), run: ours },
  { side: 'undici', run: undici },
  { side: 'several', before: () => prepare(withSeveral, count / several), run: ours },
  { side: 'behind', before: () => prepare(owner, count), run: behind },
];
for (let index = 0; index < warmUpRounds; index++)
  for (const { before, run } of measurements) {
    await before?.();
    await run();
  }
for (let index = 0; index < rounds; index++) for (const each of measurements) await measure(each);

/** Events of one account at a steady pace; of the others beside it, when there are any. */
const timed = await accountWith(urls.timing);
async function steady(others: readonly Account[]): Promise<number[]> {
  const total = steadySeconds * perSecond;
  const arrived = receiver.call<number>('until', total);
  const startedAtMs = performance.now();
  const pending: Promise<unknown>[] = [];
  for (let index = 0; index < total; index++) {
    const waitMs = startedAtMs + (index * 1000) / perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    for (const account of [timed, ...others]) pending.push(publish(account));
  }
  await Promise.all(pending);
  await arrived;
  return receiver.call<number[]>('latencies');
}
const hangingAccounts = await Promise.all(Array.from({ length: neighbours }, () => accountWith(urls.hanging)));
const latencies: { beside: number[][]; alone: number[][] } = { beside: [], alone: [] };
await steady([]);
for (let index = 0; index < 3; index++) {
  // The same events are published and fanned out on both sides; what differs is whether the neighbours' receivers are asked and hang.
  for (const { client, webhookId } of hangingAccounts) await client.pauseWebhook({ params: { webhookId } });
  latencies.alone.push(await steady(hangingAccounts));
  for (const { client, webhookId } of hangingAccounts) await client.resumeWebhook({ params: { webhookId } });
  latencies.beside.push(await steady(hangingAccounts));
}
const p = (side: 'beside' | 'alone', q: number) => round(median(latencies[side].map((each) => quantile(each, q))), 1);
const figuresOf = (side: Side) => {
  const ratios = results[side].map((rate, index) => rate / results.undici[index]!);
  return {
    perSecond: { median: round(median(results[side]), 0), each: results[side].map((rate) => round(rate, 0)) },
    cpuUs: Object.fromEntries(
      Object.keys(processes).map((name) => [name, round(median(cpuUs[side].map((each) => each[name]!)), 0)]),
    ),
    ratio: { median: round(median(ratios), 2), each: ratios.map((ratio) => round(ratio, 2)) },
  };
};
console.log(
  JSON.stringify(
    {
      bench: 'webhooks',
      conditions: { rounds, warmUpRounds, count, concurrency, several, neighbours, perSecond, node: process.version },
      outsideCores,
      bareUndici: figuresOf('undici'),
      oneWebhook: figuresOf('one'),
      severalWebhooks: figuresOf('several'),
      oneWebhookFromTheLog: figuresOf('behind'),
      latencyMs: {
        alone: { p50: p('alone', 0.5), p99: p('alone', 0.99), each: latencies.alone.map((l) => quantile(l, 0.99)) },
        besideHanging: {
          p50: p('beside', 0.5),
          p99: p('beside', 0.99),
          each: latencies.beside.map((l) => quantile(l, 0.99)),
        },
      },
    },
    null,
    2,
  ),
);
await nats.close();
