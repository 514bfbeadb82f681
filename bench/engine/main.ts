/**
 * Messages a second of one engine process over several sessions, beside bare Baileys sockets in one process on the same sandbox, in turns
 * of the same run. Ours takes commands from the bus and persists everything; theirs loops over `sendMessage` with its state in memory. A
 * round ends when the last recipient has decrypted its message.
 * Environment: ROUNDS (3), COUNT messages a round to known recipients (2000), FRESH to new ones (400), SESSIONS (1,20,200).
 */
import { startChild } from '../child-calls.ts';
import { startPlatformProcesses } from '../platform-processes.ts';
import { cpuOf } from '../process-cpu.ts';
import { median, round as rounded } from '../statistics.ts';
import { driveEngine } from './engine-side.ts';
import { type Round, textOf } from './round.ts';

const rounds = Number(process.env.ROUNDS ?? 3);
const knownCount = Number(process.env.COUNT ?? 2_000);
const freshCount = Number(process.env.FRESH ?? 400);
const sessionCounts = (process.env.SESSIONS ?? '1,20,200').split(',').map(Number);
const settleMs = 1_500;
const knownRecipientsOf: Record<number, number> = { 1: 50, 20: 10 };

await using sandbox = startChild(new URL('../send/sandbox.ts', import.meta.url));
await using bare = startChild(new URL('./bare-sockets.ts', import.meta.url));
await using platform = await startPlatformProcesses();
const network = await sandbox.call<{ url: string; scanUrl: string; noiseRoot: string }>('start', {
  dataDir: `${platform.folder}/sandbox`,
});
platform.start('session-engine', {
  WAM_NETWORK: 'sandbox',
  WHATSAPP_URL: network.url,
  WHATSAPP_NOISE_ROOT: network.noiseRoot,
});
await using engine = await driveEngine(platform, (request) => sandbox.call('scan', request));
const sockets = Math.max(...sessionCounts);
await bare.call('connect', { network, count: sockets });
await engine.connect(sockets);

const sides = {
  bare: (round: Round) => bare.call<void>('send', round),
  engine: (round: Round) => engine.send(round),
};
type Side = keyof typeof sides;
const sideNames = ['bare', 'engine'] as const;
const processes = { ...platform.pids, sandbox: sandbox.process.pid!, baileys: bare.process.pid!, load: process.pid };
let freshFrom = 918_000_000_000;

async function perSecond(round: Round, side: Side): Promise<number> {
  const texts = Array.from({ length: round.count }, (_, index) => textOf(round, index));
  const startedAt = performance.timeOrigin + performance.now();
  await sides[side](round);
  const { times } = await sandbox.call<{ times: (number | undefined)[] }>('received', { texts, timeoutMs: 120_000 });
  const lost = times.filter((time) => time === undefined).length;
  if (lost > 0) throw new Error(`${round.name}: ${lost} of ${round.count} messages did not arrive`);
  return (round.count / (Math.max(...(times as number[])) - startedAt)) * 1000;
}

async function compare(sessions: number, kind: 'known' | 'first contacts') {
  const knownRecipients = kind === 'known' ? (knownRecipientsOf[sessions] ?? 2) : undefined;
  const count = kind === 'known' ? knownCount : freshCount;
  const roundOf = (name: string, size: number): Round => {
    const round = { name: `${sessions} ${kind} ${name}`, sessions, count: size, knownRecipients, freshFrom };
    if (knownRecipients === undefined) freshFrom += size;
    return round;
  };
  if (knownRecipients !== undefined) {
    for (const side of sideNames) await perSecond(roundOf(`warm-up ${side}`, sessions * knownRecipients), side);
  }
  const results: Record<Side, number[]> = { bare: [], engine: [] };
  const cpuMs: Record<Side, Record<string, number>> = { bare: {}, engine: {} };
  for (let index = 0; index < rounds; index++) {
    for (const side of sideNames) {
      // Receipts of the round before are not this round's cost.
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      const before = cpuOf(processes);
      results[side].push(await perSecond(roundOf(`${side} ${index}`, count), side));
      for (const [name, after] of Object.entries(cpuOf(processes))) {
        cpuMs[side][name] = (cpuMs[side][name] ?? 0) + after - before[name]!;
      }
    }
  }
  const ratios = results.engine.map((value, index) => rounded(value / results.bare[index]!, 2));
  const cpuOfSide = (side: Side) =>
    Object.fromEntries(
      Object.entries(cpuMs[side])
        .map(([name, ms]) => [name, rounded(ms / (rounds * count), 2)] as const)
        .filter(([, ms]) => ms > 0),
    );
  return {
    sessions,
    kind,
    count,
    bareBaileys: rounded(median(results.bare)),
    engine: rounded(median(results.engine)),
    ratio: { median: median(ratios), each: ratios },
    cpuMsPerMessage: { bare: cpuOfSide('bare'), engine: cpuOfSide('engine') },
  };
}

const comparisons = [];
for (const sessions of sessionCounts) {
  for (const kind of ['known', 'first contacts'] as const) comparisons.push(await compare(sessions, kind));
}
console.log(
  JSON.stringify({ bench: 'engine', conditions: { rounds, node: process.version }, comparisons }, null, 1).replaceAll(
    /\[\s+([^[\]{}]+?)\s+\]/g,
    (_, items: string) => `[${items.replaceAll(/\s+/g, ' ')}]`,
  ),
);
