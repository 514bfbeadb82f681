import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../free-port.ts';
import { processCommand } from '../process/process-identity.ts';
import type { StopStep } from '../process/stop-process.ts';
import { stopProcess } from '../process/stop-process.ts';
import { logTail, type SupervisedProcess, supervise } from '../process/supervised-process.ts';
import { clusterUrl, createClusterOnce } from './create-cluster.ts';
import { locatePostgres, type PostgresBinaries } from './locate-postgres.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { movedDataDir, reachableBinaries, reachableDataDir } from './reachable-location.ts';
import { chooseServerUser, giveTo, type ServerUser } from './server-user.ts';

export type LocalPostgresOptions = {
  /** Absolute path. Made when missing. Holds the cluster, or a pointer to it when the server cannot reach this folder. */
  readonly dataDir: string;
  /** The server's log is appended here; its folder is made when missing. */
  readonly logFile: string;
  /** 0 or absent: a free port. */
  readonly port?: number;
  /** false turns off fsync and synchronous_commit: only for tests that never cut the power. */
  readonly durable?: boolean;
  /** PEM of the server's certificate and key: it then speaks TLS, to whoever asks for it. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Default: what `locatePostgres` finds. */
  readonly binaries?: PostgresBinaries;
};

export type LocalPostgres = {
  /** `postgresql://wam:<password>@127.0.0.1:<port>/wam`, the superuser of this cluster. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  /** Fast shutdown: open transactions are rolled back. Gone within 2 s. */
  readonly stop: () => Promise<void>;
  /** SIGKILL, as a power cut would end it. */
  readonly kill: () => Promise<void>;
};

/** Fast shutdown, then immediate shutdown (recovery runs at the next start), then SIGKILL. */
const stopSteps: readonly [StopStep, ...StopStep[]] = [
  { signal: 'SIGINT', graceMs: 1500 },
  { signal: 'SIGQUIT', graceMs: 300 },
  { signal: 'SIGKILL', graceMs: 2000 },
];
const readyTimeoutMs = 60_000; // recovery after a kill under load takes a while; a healthy start takes 0.2 s
const startAttempts = 20;

/**
 * Starts a Postgres of our own on 127.0.0.1 and resolves when it takes connections. A server that an earlier run left
 * behind on the same folder is stopped first. It ends when this process ends, in whatever way.
 *
 * @throws when no Postgres is found, the cluster cannot be made, or the server does not start (with the end of its log).
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const durable = options.durable ?? true;
  const found = options.binaries ?? locatePostgres();
  if (found === undefined) throw new Error('no Postgres found: run "npm ci", install one, or set DATABASE_URL');
  const user = chooseServerUser();
  const binaries = reachableBinaries(found, user);
  const clusterDir = clusterDirOf(reachableDataDir(options.dataDir, user));
  mkdirSync(dirname(options.logFile), { recursive: true });

  await stopLeftover(clusterDir);
  await createClusterOnce(binaries, clusterDir, user, durable);
  if (options.tls !== undefined) writeCertificate(clusterDir, options.tls, user);

  const picksPort = options.port === undefined || options.port === 0;
  for (let attempt = 1; ; attempt += 1) {
    const port = picksPort ? await findFreePort() : options.port;
    const server = supervise({
      command: join(binaries.binFolder, 'postgres'),
      args: ['-D', clusterDir, ...settings(port, durable, options.tls !== undefined)],
      logFile: options.logFile,
      stopSteps,
      cwd: clusterDir,
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
    if (await becomesReady(server, clusterDir)) {
      const { pid, stop, kill } = server;
      return { url: clusterUrl(clusterDir, port), port, pid, version: binaries.version, stop, kill };
    }
    await server.stop();
    const tail = logTail(options.logFile);
    // Backends of a killed server hold its shared memory for some milliseconds; a free port may be taken in between.
    const passing =
      tail.includes('pre-existing shared memory block') || (picksPort && tail.includes('Address already in use'));
    if (!passing || attempt === startAttempts) {
      throw new Error(`Postgres ${binaries.version} does not start in ${clusterDir}:\n${tail}`);
    }
    await delay(100);
  }
}

/** Under the names that Postgres looks for; it refuses a key that others can read. */
function writeCertificate(
  clusterDir: string,
  { cert, key }: NonNullable<LocalPostgresOptions['tls']>,
  user: ServerUser | undefined,
): void {
  for (const [name, pem] of [
    ['server.crt', cert],
    ['server.key', key],
  ] as const) {
    const path = join(clusterDir, name);
    writeFileSync(path, pem, { mode: 0o600 });
    if (user !== undefined) giveTo(user, path);
  }
}

function settings(port: number, durable: boolean, tls: boolean): string[] {
  const values: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '', // a socket path under a deep folder is too long for the system
    max_connections: '200',
    shared_buffers: '128MB',
    synchronous_commit: durable ? 'on' : 'off',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    ssl: tls ? 'on' : 'off',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function becomesReady(server: SupervisedProcess, clusterDir: string): Promise<boolean> {
  const deadline = performance.now() + readyTimeoutMs;
  while (server.exit() === undefined && performance.now() < deadline) {
    const state = readPostmasterFile(clusterDir);
    if (state?.pid === server.pid && state.ready) return true;
    await delay(5);
  }
  return false;
}

async function stopLeftover(clusterDir: string): Promise<void> {
  const left = runningServer(clusterDir);
  if (left !== undefined) await stopProcess(left, stopSteps);
  rmSync(join(clusterDir, 'postmaster.pid'), { force: true });
}

/** The pid of the Postgres that runs on this data folder now, whichever process started it. */
export function localPostgresPid(dataDir: string): number | undefined {
  return runningServer(clusterDirOf(movedDataDir(dataDir) ?? dataDir));
}

/** Where the Postgres that runs on this data folder now takes clients, whichever process started it. */
export function localPostgresUrl(dataDir: string): string | undefined {
  const clusterDir = clusterDirOf(movedDataDir(dataDir) ?? dataDir);
  const port = readPostmasterFile(clusterDir)?.port;
  return runningServer(clusterDir) === undefined || !port ? undefined : clusterUrl(clusterDir, port);
}

/** `postmaster.pid` outlives a killed server, and its pid may be anybody's by now: only our own server counts. */
function runningServer(clusterDir: string): number | undefined {
  const pid = readPostmasterFile(clusterDir)?.pid;
  const command = pid === undefined ? undefined : processCommand(pid);
  return command?.includes(clusterDir) && /\bpostgres\b/.test(command) ? pid : undefined;
}

function clusterDirOf(dataDir: string): string {
  return join(dataDir, 'cluster');
}
