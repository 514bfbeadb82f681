/** A platform for one demo: in processes of its own, on a data folder that is gone afterwards. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Env } from '@wam/service-kit';
import { nodeArguments } from '../all/node-arguments.ts';
import { UserError } from '../user-error.ts';

export interface DemoPlatform extends AsyncDisposable {
  readonly url: string;
}

const entry = fileURLToPath(new URL('../main.ts', import.meta.url));
const startPatienceMs = 60_000;

export async function startDemoPlatform(
  env: Env,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<DemoPlatform> {
  if (env.WAM_URL !== undefined) return { url: env.WAM_URL, [Symbol.asyncDispose]: () => Promise.resolve() };
  await using undo = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'wam-demo-'));
  undo.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 3 }));
  // A Postgres that root starts runs as another user, who must be able to walk through.
  await chmod(dataDir, 0o711);
  say('Starting a platform of its own on a temporary folder.');
  const readyFile = join(dataDir, 'ready.json');
  // With an IPC channel, so that it ends even when this process is killed.
  const child = fork(entry, ['start', '--target=all'], {
    env: { ...withoutServers(env), PORT: '0', WAM_DATA_DIR: dataDir, WAM_READY_FILE: readyFile, LOG_LEVEL: 'warn' },
    execArgv: [...nodeArguments],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  undo.defer(() => stop(child));
  const { url } = await readWhenReady(child, readyFile, signal);
  say(`It answers at ${url}`);
  const owned = undo.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The demo must not write into an installation's own database and log. */
function withoutServers(env: Env): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, NATS_URL: __, WAM_KEK: ___, ...rest } = env;
  return { ...rest, WAM_MODE: 'development', WAM_DEFAULT_NETWORK: 'sandbox' };
}

async function readWhenReady(child: ChildProcess, path: string, signal: AbortSignal): Promise<{ url: string }> {
  const deadline = performance.now() + startPatienceMs;
  while (!existsSync(path)) {
    signal.throwIfAborted();
    if (hasEnded(child)) throw new UserError('the platform of the demo did not start; see above');
    if (performance.now() > deadline) throw new UserError('the platform of the demo was not ready within a minute');
    await sleep(50);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as { url: string };
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  // Not a signal: after a Ctrl-C it would be the child's second, which means "at once".
  child.disconnect();
  await exited;
}
