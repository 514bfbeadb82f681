/** The services as separate processes on Postgres and NATS of their own, the way an installation runs them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort, locateNatsServer, startLocalNats, startLocalPostgres } from '@wam/local-infra';
import { connectNats, ensureStreams } from '@wam/service-kit/nats';
import { nodeArguments } from '../apps/wam/src/all/node-arguments.ts';

/** A benchmark measures the machine, not its customer's plan. */
const unlimitedPlan = {
  name: 'Benchmark',
  pricePerMonth: 0,
  sessions: 1_000_000,
  messagesPerDay: 2_000_000_000,
  features: ['basic-messaging', 'bulk-messaging', 'notifications', 'webhooks', 'api-keys'],
};
const unlimitedRate = '1000000000/15m';

const entry = fileURLToPath(new URL('../apps/wam/src/main.ts', import.meta.url));

export interface PlatformProcesses extends AsyncDisposable {
  url: string;
  natsUrl: string;
  databaseUrl: string;
  folder: string;
  /** Of everything sealed. */
  kek: Buffer;
  /** Process ids by name: the servers, and each target once started. */
  pids: Record<string, number>;
  start(target: string, env?: Record<string, string>): ChildProcess;
}

export async function startPlatformProcesses(env: Record<string, string> = {}): Promise<PlatformProcesses> {
  const natsServer = locateNatsServer(process.env.WAM_DATA_DIR ?? '.wam');
  if (natsServer === undefined)
    throw new Error('No nats-server: start the bench with npm run bench:…, which fetches it');
  const folder = await mkdtemp(join(tmpdir(), 'wam-bench-'));
  // Postgres does not run as root; its user has to reach its data.
  await chmod(folder, 0o755);
  const plansFile = join(folder, 'plans.json');
  await writeFile(plansFile, JSON.stringify({ benchmark: unlimitedPlan }));
  const [postgres, nats, port] = await Promise.all([
    startLocalPostgres({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') }),
    startLocalNats({ binary: natsServer.path, dataDir: join(folder, 'nats'), logFile: join(folder, 'nats.log') }),
    findFreePort(),
  ]);
  const connection = await connectNats({ url: nats.url, name: 'bench' });
  await ensureStreams(connection);
  await connection.close();
  const kek = randomBytes(32);
  const children: ChildProcess[] = [];
  // A benchmark that crashes disposes of nothing; the servers end by themselves then, these do not.
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
  });
  const pids: Record<string, number> = { postgres: postgres.pid, nats: nats.pid };
  return {
    url: `http://127.0.0.1:${port}`,
    natsUrl: nats.url,
    databaseUrl: postgres.url,
    folder,
    kek,
    pids,
    start(target, more = {}) {
      const child = spawn(process.execPath, [...nodeArguments, entry, 'start', `--target=${target}`], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          ...process.env,
          DATABASE_URL: postgres.url,
          NATS_URL: nats.url,
          WAM_DATA_DIR: folder,
          WAM_KEK: kek.toString('base64'),
          PORT: String(port),
          LOG_LEVEL: 'warn',
          PLANS_FILE: plansFile,
          DEFAULT_PLAN: 'benchmark',
          RATE_LIMIT_GENERAL: unlimitedRate,
          RATE_LIMIT_PLANS: 'none',
          ...env,
          ...more,
        },
      });
      children.push(child);
      pids[target] = child.pid!;
      return child;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(
        children
          .filter((child) => child.exitCode === null && child.signalCode === null)
          .map((child) => {
            child.kill('SIGTERM');
            return once(child, 'exit');
          }),
      );
      await Promise.all([postgres.stop(), nats.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function untilReady(url: string, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    if (Date.now() > deadline) throw new Error(`${url} not ready within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
