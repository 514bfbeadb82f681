/**
 * What a connected, idle session costs in memory and CPU, beside bare Baileys with its defaults and its keys in memory, on the same
 * sandbox in the same run; and how the event loop of the engine stands an outage of all sessions.
 *
 * Both sides link their sessions first, in processes that are then thrown away: measured is a process that has just logged them in. RSS is
 * taken after garbage collection; a session's share is the difference to the same process without sessions, divided by their number.
 * CPU is that of the whole process; what an engine does without sessions (its lease, asking for work) is told beside it.
 * Environment: SESSIONS of the engine (500), BARE sessions of the reference (100), IDLE_MS (20,000).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  defaultPartitionCount,
  partitionOf,
  type ServiceReply,
  type ServiceRequest,
  sessionAddress,
  subjects,
  userPrincipal,
} from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { connectNats, createPublisher, createRequester } from '@wam/service-kit/nats';
import { ADMIN_OWNER } from '@wam/whatsapp-sandbox';
import { nodeArguments } from '../../apps/wam/src/all/node-arguments.ts';
import { type Child, startChild } from '../child-calls.ts';
import { startPlatformProcesses } from '../platform-processes.ts';
import { inParallel, round } from '../statistics.ts';
import type { Footprint } from './footprint.ts';

const sessionCount = Number(process.env.SESSIONS ?? 500);
const bareCount = Number(process.env.BARE ?? 100);
const idleMs = Number(process.env.IDLE_MS ?? 20_000);
const linkTimeoutMs = 600_000;
const gb = 1024 * 1024;

interface Lag {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + linkTimeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`${what}: not in time`);
    await sleep(200);
  }
}
/** As the image starts it: without the limit the heap keeps up to 128 MB of room from the logins for new objects. */
const startEngine = (): Child => startChild(new URL('./engine.ts', import.meta.url), [...nodeArguments]);
const startBare = (): Child => startChild(new URL('./bare.ts', import.meta.url));
const note = (text: string): void => void process.stderr.write(`${text}\n`);

await using platform = await startPlatformProcesses();
await using sandbox = startChild(new URL('./sandbox.ts', import.meta.url));
const network = await sandbox.call<{ url: string; scanUrl: string; noiseRoot: string }>('start');
const nc = await connectNats({ url: platform.natsUrl, name: 'bench' });
const publisher = createPublisher(nc);
const requester = createRequester(nc);
const pool = 'sandbox';
const tenant: string = randomUUID();
const kek = randomBytes(32).toString('base64');
const engineEnv = (more: Record<string, string> = {}) => ({
  NATS_URL: platform.natsUrl,
  DATABASE_URL: platform.databaseUrl,
  WAM_KEK: kek,
  WAM_NETWORK: 'sandbox',
  WHATSAPP_URL: network.url,
  ...more,
});

async function link(): Promise<void> {
  const sessionId = randomUUID();
  const id = newUlid();
  const data = { sessionId, name: 'Bench', description: '', network: 'sandbox' };
  const at = new Date().toISOString();
  const command = { id, type: 'CreateSession', v: 1, tenant, at, correlationId: id, data };
  await publisher.publish(
    subjects.command(sessionAddress({ pool, tenant, sessionId }, defaultPartitionCount)),
    JSON.stringify(command),
    { msgId: id },
  );
  const principal = userPrincipal(tenant, 'bench@example.com', 'enterprise');
  const request: ServiceRequest = {
    operation: 'getSessionQr',
    requestId: id,
    principal,
    params: { sessionId },
    query: {},
  };
  for (;;) {
    const reply: ServiceReply = await requester.request(
      subjects.ownerRequest(pool, partitionOf(sessionId, defaultPartitionCount)),
      request,
      20_000,
    );
    const qr = reply.ok ? (reply.body as { qrCode: string | null }).qrCode : null;
    if (qr !== null) {
      await sandbox.call('scan', { qr, owner: tenant });
      return;
    }
    await sleep(50);
  }
}
const online = (owner: string) => sandbox.call<number>('online', owner);

note(`linking ${sessionCount} sessions of the engine`);
{
  await using engine = startEngine();
  await engine.call('start', engineEnv());
  await inParallel(sessionCount, 8, link);
  await until('linked', async () => (await online(tenant)) === sessionCount);
  await sleep(2_000);
  await engine.call('stop');
}
note(`linking ${bareCount} sessions of bare Baileys`);
{
  await using linking = startBare();
  await linking.call('link', { network, count: bareCount, folder: platform.folder });
}

interface Measured {
  empty: Footprint;
  emptyCpuMsPerSecond: number;
  idle: Footprint;
  cpuMsPerSecond: number;
  outage: Lag & { seconds: number };
}
/** What a process holds, and what it does with nobody asking for anything. */
async function rest(child: Child): Promise<{ idle: Footprint; cpuMsPerSecond: number }> {
  const idle = await child.call<Footprint>('footprint');
  const cpuAtStart = await child.call<number>('cpuMs');
  const sinceMs = performance.now();
  await sleep(idleMs);
  const cpuMs = (await child.call<number>('cpuMs')) - cpuAtStart;
  return { idle, cpuMsPerSecond: cpuMs / ((performance.now() - sinceMs) / 1_000) };
}
async function measure(
  child: Child,
  { empty, emptyCpuMsPerSecond }: Pick<Measured, 'empty' | 'emptyCpuMsPerSecond'>,
  owner: string,
  count: number,
): Promise<Measured> {
  await until('connected', async () => (await online(owner)) === count);
  await sleep(5_000);
  const { idle, cpuMsPerSecond } = await rest(child);
  await child.call('lag');
  const outageAt = performance.now();
  await sandbox.call('outage', owner);
  await until('reconnected', async () => (await online(owner)) === count);
  const seconds = round((performance.now() - outageAt) / 1_000);
  const lag = await child.call<Lag>('lag');
  return { empty, emptyCpuMsPerSecond, idle, cpuMsPerSecond, outage: { ...lag, seconds } };
}

note('measuring the engine');
await using idleEngine = startEngine();
// The same process without sessions: of another pool.
await using emptyEngine = startEngine();
await emptyEngine.call('start', engineEnv({ WAM_POOL: 'sandbox-empty' }));
await sleep(2_000);
const emptyRest = await rest(emptyEngine);
await emptyEngine.call('stop');
await idleEngine.call('start', engineEnv());
const ours = await measure(
  idleEngine,
  { empty: emptyRest.idle, emptyCpuMsPerSecond: emptyRest.cpuMsPerSecond },
  tenant,
  sessionCount,
);
await idleEngine.call('stop');

note('measuring bare Baileys');
await using bareProcess = startBare();
const bareEmpty = await bareProcess.call<Footprint>('load', { network, count: bareCount, folder: platform.folder });
const bare = await measure(bareProcess, { empty: bareEmpty, emptyCpuMsPerSecond: 0 }, ADMIN_OWNER, bareCount);

const perSession = ({ empty, emptyCpuMsPerSecond, idle, cpuMsPerSecond, outage }: Measured, count: number) => {
  const rssKb = (idle.rssKb - empty.rssKb) / count;
  return {
    sessions: count,
    processRssMb: round(idle.rssKb / 1024),
    emptyProcessRssMb: round(empty.rssKb / 1024),
    rssKbPerSession: round(rssKb),
    heapTotalMb: round(idle.heapTotalKb / 1024),
    heapKbPerSession: round((idle.heapKb - empty.heapKb + idle.externalKb - empty.externalKb) / count),
    cpuMsPerSecond: round(cpuMsPerSecond),
    emptyCpuMsPerSecond: round(emptyCpuMsPerSecond),
    cpuMsPerSecondPerSession: round(cpuMsPerSecond / count, 4),
    sessionsPerGb: Math.floor((gb - empty.rssKb) / rssKb),
    outage,
  };
};
const [engine, reference] = [perSession(ours, sessionCount), perSession(bare, bareCount)];
process.stdout.write(
  `${JSON.stringify(
    {
      engine,
      bare: reference,
      ratio: {
        rss: round(engine.rssKbPerSession / reference.rssKbPerSession, 2),
        cpu: round(engine.cpuMsPerSecondPerSession / reference.cpuMsPerSecondPerSession, 2),
      },
    },
    null,
    2,
  )}\n`,
);
requester.close();
publisher.close();
await nc.close();
