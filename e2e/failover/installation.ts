/** Postgres, NATS and a simulated WhatsApp network of a run's own, with engines as separate processes that can be ended in any way. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateNatsServer, startLocalNats, startLocalPostgres } from '@wam/local-infra';
import { connectNats, ensureStreams } from '@wam/service-kit/nats';
import { createDatabase, type Kysely } from '@wam/service-kit/postgres';
import { createSandbox } from '@wam/whatsapp-sandbox';
import { watchOwners } from './owner-log.ts';

const entry = fileURLToPath(new URL('../../apps/wam/src/main.ts', import.meta.url));

export interface EngineProcess {
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<void>;
}
export interface PartitionOwner {
  partition: number;
  member: string;
  epoch: number;
}
// biome-ignore lint/suspicious/noExplicitAny: the run only asks questions in plain SQL
export type AnyDatabase = Kysely<any>;
export type Installation = Awaited<ReturnType<typeof startInstallation>>;

/** A member's name says which process it is. */
export const isMember = (member: string, { pid }: EngineProcess): boolean => member.includes(`-${pid}-`);

export async function startInstallation() {
  const cleanUp = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'wam-failover-'));
  // Postgres does not run as root; its user has to reach its data.
  await chmod(folder, 0o755);
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  const binary = locateNatsServer(process.env.WAM_DATA_DIR ?? '.wam')?.path;
  if (binary === undefined) throw new Error('no nats-server: run "node scripts/bootstrap.mjs --local-servers"');

  const startNats = (port?: number) =>
    startLocalNats({
      binary,
      dataDir: join(folder, 'nats'),
      logFile: join(folder, 'nats.log'),
      ...(port ? { port } : {}),
    });
  const startPostgres = (port?: number) =>
    startLocalPostgres({
      dataDir: join(folder, 'postgres'),
      logFile: join(folder, 'postgres.log'),
      ...(port ? { port } : {}),
    });
  let nats = await startNats();
  cleanUp.defer(() => nats.stop());
  let postgres = await startPostgres();
  cleanUp.defer(() => postgres.stop());
  const sandbox = cleanUp.use(createSandbox({ dataDir: join(folder, 'sandbox') }));
  await sandbox.start();
  const nc = await connectNats({ url: nats.url, name: 'failover' });
  cleanUp.defer(() => nc.close());
  await ensureStreams(nc);
  const ownerLog = await watchOwners(nc);
  cleanUp.defer(() => ownerLog.stop());
  const db: AnyDatabase = createDatabase({ url: postgres.url, schema: 'engine', applicationName: 'failover' });
  cleanUp.defer(() => db.destroy());

  const env = {
    ...process.env,
    NATS_URL: nats.url,
    DATABASE_URL: postgres.url,
    WAM_KEK: randomBytes(32).toString('base64'),
    WAM_NETWORK: 'sandbox',
    WAM_MODE: 'production',
    WHATSAPP_URL: sandbox.url,
    LOG_LEVEL: process.env.FAILOVER_LOG_LEVEL ?? 'fatal',
  };
  const running = new Set<ChildProcess>();
  cleanUp.defer(async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all([...running].map((child) => once(child, 'exit')));
  });

  return {
    nc,
    db,
    sandbox,
    ownerLog,
    /** Resolves when it takes work. */
    async startEngine(): Promise<EngineProcess> {
      const child = fork(entry, ['start', '--target=session-engine'], {
        env,
        execArgv: [],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      running.add(child);
      const ended = once(child, 'exit').then(() => void running.delete(child));
      const first = await Promise.race([once(child, 'message').then(() => 'ready'), ended.then(() => 'ended')]);
      if (first === 'ended') throw new Error(`an engine ended with ${child.exitCode} before it was ready`);
      return { pid: child.pid!, ended, signal: (signal) => void child.kill(signal) };
    },
    async owners(): Promise<PartitionOwner[]> {
      return db.selectFrom('partition_fence').select(['partition', 'member', 'epoch']).execute();
    },
    async restartNats(): Promise<void> {
      const { port } = nats;
      await nats.stop();
      nats = await startNats(port);
    },
    async restartPostgres(): Promise<void> {
      const { port } = postgres;
      await postgres.stop();
      postgres = await startPostgres(port);
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}
