/**
 * How fast the read side folds the log when millions of messages are stored already, beside a bare COPY of the rows it writes; and how long the
 * statistics take then. The service runs as it is installed; it is stopped, the log grows, it starts, and the clock runs from its first
 * move of the checkpoint to the head of the log.
 * Environment: SIZES (1000000,10000000) stored messages, MESSAGES (50000) a round, ROUNDS (3) at each size, QUERIES (2000).
 */
import { once } from 'node:events';
import { chmod, mkdir } from 'node:fs/promises';
import { messageSealPurpose, subjects, userPrincipal } from '@wam/contracts';
import { createSealer } from '@wam/service-kit';
import { connectNats, createPublisher, createRequester } from '@wam/service-kit/nats';
import { createDatabase, type Kysely, sql } from '@wam/service-kit/postgres';
import { startPlatformProcesses } from '../platform-processes.ts';
import { cpuOf } from '../process-cpu.ts';
import { median, quantile, round } from '../statistics.ts';
import { fill, tenantOf } from './fill.ts';
import { publishMessages } from './publish.ts';

const sizes = (process.env.SIZES ?? '1000000,10000000').split(',').map(Number);
const messagesPerRound = Number(process.env.MESSAGES ?? 50_000);
const rounds = Number(process.env.ROUNDS ?? 3);
const queries = Number(process.env.QUERIES ?? 2_000);

await using platform = await startPlatformProcesses();
const db: Kysely<unknown> = createDatabase({
  url: platform.databaseUrl,
  schema: 'analytics',
  applicationName: 'bench',
  max: 2,
  statementTimeoutMs: 0,
});
const nats = await connectNats({ url: platform.natsUrl, name: 'bench' });
const publisher = createPublisher(nats);
const requester = createRequester(nats);
const sealer = createSealer({ kek: platform.kek, purposesWithOwnKey: [messageSealPurpose] });

// The server writes and reads there, as a user of its own.
const exchange = `${platform.folder}/copied`;
await mkdir(exchange);
await chmod(exchange, 0o777);

const position = async (): Promise<number> => {
  const { rows } = await sql<{ seq: number }>`select seq from checkpoint`.execute(db).catch(() => ({ rows: [] }));
  return rows[0]?.seq ?? -1;
};
const reach = async (seq: number): Promise<void> => {
  while ((await position()) < seq) await new Promise((resolve) => setTimeout(resolve, 20));
};
async function stop(child: ReturnType<typeof platform.start>): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

let published = 0;
let nextMessage = sizes.at(-1)! + 1;
const first = platform.start('analytics');
await reach(0);
await stop(first);

/** Events a second from the first transaction to the last. */
async function project(): Promise<{ perSecond: number; cpuMs: Record<string, number>; from: number }> {
  const from = published;
  published += await publishMessages(publisher, sealer, nextMessage, messagesPerRound);
  nextMessage += messagesPerRound;
  const analytics = platform.start('analytics');
  await reach(from + 1);
  const begun = { at: performance.now(), seq: await position(), cpu: cpuOf(platform.pids) };
  await reach(published);
  const seconds = (performance.now() - begun.at) / 1000;
  const cpu = cpuOf(platform.pids);
  await stop(analytics);
  const cpuMs = Object.fromEntries(Object.entries(cpu).map(([name, ms]) => [name, ms - (begun.cpu[name] ?? 0)]));
  return { perSecond: (published - begun.seq) / seconds, cpuMs, from };
}

interface Copied {
  /** Rows a second into the tables as they are, with everything that is stored, in events a second. */
  beside: number;
  /** The same into empty tables of the same form. */
  empty: number;
}

/** The rows of that round again, by COPY, in one transaction each as COPY does it. Under keys of their own, so that they are new. */
async function copy(from: number): Promise<Copied> {
  const elapsedMs = { beside: 0, empty: 0 };
  const rowsOf = {
    event_log: sql`select * from event_log where seq > ${sql.lit(from)} and incarnation not like 'copied%'`,
    message_view: sql`select * from message_view where message_id >= ${sql.lit(`msg_${String(nextMessage - messagesPerRound).padStart(26, '0')}`)}`,
  };
  const newKey = {
    event_log: sql`incarnation = 'copied'`,
    message_view: sql`message_id = replace(message_id, 'msg', 'cpy')`,
  };
  for (const table of ['event_log', 'message_view'] as const) {
    const file = sql.lit(`${exchange}/${table}.copy`);
    const copied = sql.table(`copied_${table}`);
    const timed = async (target: typeof copied): Promise<number> => {
      const startedAt = performance.now();
      await sql`copy ${target} from ${file}`.execute(db);
      return performance.now() - startedAt;
    };
    await sql`create table ${copied} as ${rowsOf[table]}`.execute(db);
    await sql`update ${copied} set ${newKey[table]}`.execute(db);
    await sql`copy ${copied} to ${file}`.execute(db);
    await sql`drop table ${copied}`.execute(db);
    await sql`create table ${copied} (like ${sql.table(table)} including all)`.execute(db);
    elapsedMs.empty += await timed(copied);
    await sql`drop table ${copied}`.execute(db);
    elapsedMs.beside += await timed(sql.table(table));
  }
  const perSecond = (ms: number): number => ((messagesPerRound * 4) / ms) * 1000;
  return { beside: perSecond(elapsedMs.beside), empty: perSecond(elapsedMs.empty) };
}

async function queryTimes(): Promise<{ p50Ms: number; p99Ms: number }> {
  const analytics = platform.start('analytics');
  const times: number[] = [];
  const ask = (index: number) =>
    requester.request(
      subjects.request('analytics', 'getMessageStats'),
      {
        operation: 'getMessageStats',
        requestId: `r${index}`,
        principal: userPrincipal(tenantOf(index), 'bench@example.com', 'enterprise'),
        params: {},
        query: { days: 7, timeZone: 'Asia/Kolkata' },
      },
      10_000,
    );
  while (!(await ask(0).catch(() => ({ ok: false }))).ok) await new Promise((resolve) => setTimeout(resolve, 50));
  for (let index = 0; index < queries + 100; index++) {
    const startedAt = performance.now();
    const reply = await ask(index);
    if (!reply.ok) throw new Error(reply.code);
    if (index >= 100) times.push(performance.now() - startedAt);
  }
  await stop(analytics);
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

const results = [];
let filled = 0;
for (const size of sizes) {
  console.error(`filling up to ${size} messages`);
  await fill(db, filled, size);
  filled = size;
  const sides: { ours: number; copied: Copied; cpuMs: Record<string, number> }[] = [];
  for (let turn = 0; turn <= rounds; turn++) {
    const { perSecond, cpuMs, from } = await project();
    const copied = await copy(from);
    console.error(
      `${size}: ${round(perSecond, 0)} events/s, COPY ${round(copied.beside, 0)}, into empty tables ${round(copied.empty, 0)}`,
    );
    // The first warms the caches of both.
    if (turn > 0) sides.push({ ours: perSecond, copied, cpuMs });
  }
  const stats = await queryTimes();
  results.push({
    storedMessages: size,
    eventsPerSecond: round(median(sides.map(({ ours }) => ours)), 0),
    copyPerSecond: round(median(sides.map(({ copied }) => copied.beside)), 0),
    ratio: round(median(sides.map(({ ours, copied }) => ours / copied.beside)), 2),
    eachRatio: sides.map(({ ours, copied }) => round(ours / copied.beside, 2)),
    copyIntoEmptyPerSecond: round(median(sides.map(({ copied }) => copied.empty)), 0),
    ratioToEmpty: round(median(sides.map(({ ours, copied }) => ours / copied.empty)), 2),
    cpuMsPerThousandEvents: Object.fromEntries(
      Object.entries(sides.at(-1)?.cpuMs ?? {})
        .filter(([, ms]) => ms > 0)
        .map(([name, ms]) => [name, round((ms * 1000) / (messagesPerRound * 4), 1)]),
    ),
    statsQuery: { p50Ms: round(stats.p50Ms, 2), p99Ms: round(stats.p99Ms, 2) },
  });
}
console.log(
  JSON.stringify(
    { bench: 'projections', conditions: { messagesPerRound, rounds, queries, node: process.version }, results },
    null,
    2,
  ),
);
requester.close();
publisher.close();
await nats.close();
await db.destroy();
