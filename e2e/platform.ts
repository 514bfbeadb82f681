/** The platform as a user runs it: `wam start --target=all` in processes of its own, on free ports and a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@wam/client';
import { localNatsPid, localPostgresPid } from '@wam/local-infra';

const ownEntry = fileURLToPath(new URL('../apps/wam/src/main.ts', import.meta.url));

/** What the launcher writes when it is ready. */
export interface ReadyFile {
  url: string;
  pid: number;
  email: string;
  password: string;
  token: string;
  sessionId: string;
  phone: string;
}

export interface Platform extends AsyncDisposable {
  readonly ready: ReadyFile;
  readonly url: string;
  /** Logged in as the first account. */
  readonly client: Client;
  readonly output: () => string;
  /** SIGKILL to every process of the platform at once, Postgres and NATS included. */
  kill(): Promise<void>;
  /** SIGTERM to the launcher; resolves with its exit code. */
  stop(): Promise<number | null>;
}

export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'wam-e2e-'));
  // Postgres does not run as root; its user has to reach its data.
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function readyFileOf(child: ChildProcess, path: string, output: () => string): Promise<ReadyFile> {
  const deadline = Date.now() + 60_000;
  while (!existsSync(path)) {
    if (child.exitCode !== null) throw new Error(`The platform ended with ${child.exitCode}:\n${output()}`);
    if (Date.now() > deadline) throw new Error(`The platform was not ready within 60 s:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return JSON.parse(readFileSync(path, 'utf8')) as ReadyFile;
}

/** @param entry of another checkout, to run that release */
export async function startPlatform(
  dataDir: string,
  env: Record<string, string> = {},
  entry: string = ownEntry,
): Promise<Platform> {
  const readyPath = join(dataDir, `ready-${process.hrtime.bigint()}.json`);
  // A group of its own, so that one signal can reach every process the launcher started.
  const child = spawn(process.execPath, [entry, 'start', '--target=all'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PORT: '0', WAM_DATA_DIR: dataDir, WAM_READY_FILE: readyPath, NO_COLOR: '1', ...env },
  });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const output = () => chunks.join('');
  const exited = once(child, 'exit');
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // The group is gone already.
    }
  };
  try {
    const ready = await readyFileOf(child, readyPath, output);
    const stop = async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    };
    return {
      ready,
      url: ready.url,
      client: createClient({ baseUrl: ready.url, token: ready.token }),
      output,
      kill: async () => {
        // The servers have groups of their own and would be stopped gently by their guards: a power cut takes them first.
        for (const pid of [localPostgresPid(join(dataDir, 'postgres')), localNatsPid(join(dataDir, 'nats'))]) {
          if (pid !== undefined) process.kill(pid, 'SIGKILL');
        }
        signalGroup('SIGKILL');
        await exited;
      },
      stop,
      [Symbol.asyncDispose]: async () => {
        await stop();
        signalGroup('SIGKILL');
      },
    };
  } catch (error) {
    signalGroup('SIGKILL');
    throw error;
  }
}

/** Polls until the condition holds; for facts that become visible through another process. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Creates a session and links it to a simulated phone; resolves when it is connected. */
export async function linkSession(client: Client, phone?: string): Promise<{ sessionId: string; phone: string }> {
  const { sessionId } = await client.createSession({ body: { name: 'e2e' } });
  const params = { sessionId };
  const { qrCode } = await client.getSessionQr({ params });
  if (qrCode === null) throw new Error('No QR code');
  const scanned = await client.scanQr({ body: { qrCode, ...(phone === undefined ? {} : { phone }) } });
  await until('session connected', async () => (await client.getSessionStatus({ params })).status === 'connected');
  return { sessionId, phone: scanned.phone };
}
