/** An installation of processes that can be killed one by one and come back. The simulated network and Postgres live on. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { plans, subjects } from '@wam/contracts';
import { findFreePort } from '@wam/local-infra';
import { connectNats, ensureStreams } from '@wam/service-kit/nats';
import { createTestDatabase, startTestNats, temporaryDirectory } from '@wam/testkit';
import { createSandbox, type Sandbox } from '@wam/whatsapp-sandbox';
import { nodeArguments } from '../../apps/wam/src/all/node-arguments.ts';

const entry = fileURLToPath(new URL('../../apps/wam/src/main.ts', import.meta.url));
const dispatcherEntry = fileURLToPath(new URL('./dispatcher-process.ts', import.meta.url));

/** A command as it was first seen on the bus. */
export interface SeenCommand {
  sessionId: string;
  to: string;
  /** When the dispatcher took it, in its own time. */
  atMs: number;
}
export type Victim = 'dispatcher' | 'session-engine' | 'nats';

export interface Processes extends AsyncDisposable {
  readonly url: string;
  readonly sandbox: Sandbox;
  /** By message id. */
  readonly commands: ReadonlyMap<string, SeenCommand>;
  /** SIGKILL, and a new one in its place. */
  kill(victim: Victim): Promise<void>;
  /** Resident memory of the largest of a name; 0 where the system does not tell (Linux only). */
  residentMb(name: string): number;
}

export async function startProcesses(clockSpeed: number): Promise<Processes> {
  const resources = new AsyncDisposableStack();
  const nats = resources.use(await startTestNats());
  const database = resources.use(await createTestDatabase());
  const folder = await temporaryDirectory('wam-crashes-');
  resources.defer(() => folder.remove());
  const sandbox = resources.use(createSandbox({ dataDir: folder.path }));
  await sandbox.start();
  const connection = await connectNats({ url: nats.url, name: 'test' });
  resources.defer(() => connection.close());
  await ensureStreams(connection);
  const commands = new Map<string, SeenCommand>();
  connection.subscribe(subjects.commandsOfPool('sandbox'), {
    callback: (_, message) => {
      const { id, type, at, data } = message.json<{ id: string; type: string; at: string; data: SeenCommand }>();
      if (type !== 'SendMessage' || commands.has(id)) return;
      commands.set(id, { sessionId: data.sessionId, to: data.to, atMs: Date.parse(at) });
    },
  });
  const port = await findFreePort();
  const roomy = { ...plans.enterprise, sessions: 500, messagesPerDay: 2_000_000_000 };
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    NATS_URL: nats.url,
    WAM_DATA_DIR: folder.path,
    WAM_KEK: randomBytes(32).toString('base64'),
    WAM_NETWORK: 'sandbox',
    WHATSAPP_URL: sandbox.url,
    WHATSAPP_NOISE_ROOT: sandbox.noiseRootPublicKey.toString('base64'),
    PORT: String(port),
    LOG_LEVEL: 'fatal',
    PLANS: JSON.stringify({ enterprise: roomy }),
    DEFAULT_PLAN: 'enterprise',
    RATE_LIMIT_GENERAL: '1000000000/15m',
    RATE_LIMIT_PLANS: 'none',
    CLOCK_ORIGIN_MS: String(Date.now()),
    CLOCK_SPEED: String(clockSpeed),
  };

  const children = new Map<string, ChildProcess[]>();
  resources.defer(async () => {
    for (const child of [...children.values()].flat()) await end(child);
  });
  function start(name: string): ChildProcess {
    const child =
      name === 'dispatcher'
        ? fork(dispatcherEntry, { env, execArgv: [...nodeArguments], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
        : spawn(process.execPath, [...nodeArguments, entry, 'start', `--target=${name}`], {
            env,
            stdio: ['ignore', 'ignore', 'inherit'],
          });
    children.set(name, [...(children.get(name) ?? []), child]);
    return child;
  }
  for (const name of ['auth', 'analytics', 'gateway', 'session-engine', 'dispatcher', 'dispatcher']) start(name);
  return {
    url: `http://127.0.0.1:${port}`,
    sandbox,
    commands,
    async kill(victim) {
      if (victim === 'nats') {
        await nats.kill();
        await nats.restart();
        return;
      }
      const [oldest, ...others] = children.get(victim)!;
      children.set(victim, others);
      await end(oldest!);
      start(victim);
    },
    residentMb: (name) => Math.max(0, ...(children.get(name) ?? []).map(({ pid }) => residentMbOf(pid))),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function residentMbOf(pid: number | undefined): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return 0;
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) / 1024;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
