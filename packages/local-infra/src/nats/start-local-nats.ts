import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processCommand } from '../process/process-identity.ts';
import { type StopStep, stopProcess } from '../process/stop-process.ts';
import { logTail, type SupervisedProcess, supervise } from '../process/supervised-process.ts';
import { isVersionBefore, natsServerVersion } from './locate-nats-server.ts';
import { lookAtStore, storeLimit } from './store-limit.ts';

export type LocalNatsOptions = {
  /** Absolute path. Made when missing. Holds the JetStream store, the pid file and the configuration. */
  readonly dataDir: string;
  /** The nats-server to run, see `locateNatsServer`. */
  readonly binary: string;
  /** The server's log is appended here; its folder is made when missing. */
  readonly logFile: string;
  /** 0 or absent: a free port that the server picks itself. */
  readonly port?: number;
  /**
   * How often JetStream syncs to disk: `always`, or a duration such as `1s`. Servers before 2.10 refuse the setting and
   * sync every 60 s; there it is left out, see `LocalNats.syncInterval`.
   */
  readonly syncInterval?: string;
  /** More lines of its configuration, such as users or TLS. */
  readonly configuration?: string;
};

export type LocalNats = {
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  /** What the server was told; `undefined` means its own default. */
  readonly syncInterval: string | undefined;
  /** Gone within 2 s. */
  readonly stop: () => Promise<void>;
  /** SIGKILL, as a power cut would end it. */
  readonly kill: () => Promise<void>;
};

/** A bulk of 100 messages and their metadata fit; NATS advises to stay below 8 MB. */
const maxPayloadBytes = 4 * 1024 * 1024;
const stopSteps: readonly [StopStep, ...StopStep[]] = [
  { signal: 'SIGTERM', graceMs: 1700 },
  { signal: 'SIGKILL', graceMs: 2000 },
];
const readyTimeoutMs = 60_000; // 35 ms on an empty store; about 1 s per million stored messages
const oldestWithSyncInterval = '2.10.0';
const pidFile = 'nats-server.pid';
const configFileName = 'nats-server.conf';

/**
 * Starts a nats-server with JetStream on 127.0.0.1 and resolves when it takes clients. A server that an earlier run
 * left behind on the same folder is stopped first: two servers on one store destroy it. It ends when this process ends,
 * in whatever way.
 *
 * @throws when the server does not start (with the end of its log).
 */
export async function startLocalNats(options: LocalNatsOptions): Promise<LocalNats> {
  const { dataDir, binary, logFile } = options;
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o700); // messages of every tenant
  mkdirSync(dirname(logFile), { recursive: true });
  await stopLeftover(dataDir);
  for (const file of portsFiles(dataDir)) rmSync(file, { force: true });

  const version = natsServerVersion(binary);
  const syncInterval = isVersionBefore(version, oldestWithSyncInterval) ? undefined : options.syncInterval;
  const configFile = join(dataDir, configFileName);
  writeFileSync(configFile, configuration(dataDir, options.port ?? 0, syncInterval) + (options.configuration ?? ''));

  const server = supervise({ command: binary, args: ['-c', configFile], logFile, stopSteps });
  const url = await readyUrl(server, dataDir);
  if (url === undefined) {
    await server.stop();
    throw new Error(`nats-server ${version} does not start in ${dataDir}:\n${logTail(logFile)}`);
  }
  const { pid, stop, kill } = server;
  return { url, port: Number(new URL(url).port), pid, version, syncInterval, stop, kill };
}

function configuration(dataDir: string, port: number, syncInterval: string | undefined): string {
  const text = JSON.stringify; // a quoted string of nats-server's configuration is one of JSON's for any path we use
  return [
    'host: "127.0.0.1"',
    `port: ${port === 0 ? -1 : port}`,
    `max_payload: ${maxPayloadBytes}`,
    `pid_file: ${text(join(dataDir, pidFile))}`,
    `ports_file_dir: ${text(dataDir)}`,
    'jetstream {',
    `  store_dir: ${text(dataDir)}`,
    `  max_file_store: ${storeLimit(lookAtStore(dataDir))}`,
    ...(syncInterval === undefined ? [] : [`  sync_interval: ${text(syncInterval)}`]),
    '}',
    '',
  ].join('\n');
}

/** The server writes `<program>_<pid>.ports` once it listens. */
async function readyUrl(server: SupervisedProcess, dataDir: string): Promise<string | undefined> {
  const deadline = performance.now() + readyTimeoutMs;
  while (server.exit() === undefined && performance.now() < deadline) {
    const file = portsFiles(dataDir).find((path) => path.endsWith(`_${server.pid}.ports`));
    const url = file === undefined ? undefined : clientUrl(file);
    if (url !== undefined) return url;
    await delay(5);
  }
  return undefined;
}

function clientUrl(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { nats?: string[] }).nats?.[0];
  } catch {
    return undefined; // still being written
  }
}

function portsFiles(dataDir: string): string[] {
  return readdirSync(dataDir)
    .filter((name) => name.endsWith('.ports'))
    .map((name) => join(dataDir, name));
}

async function stopLeftover(dataDir: string): Promise<void> {
  const left = localNatsPid(dataDir);
  if (left !== undefined) await stopProcess(left, stopSteps);
  rmSync(join(dataDir, pidFile), { force: true });
}

/**
 * The pid of the nats-server that runs on this data folder now, whichever process started it. The pid file outlives a
 * killed server, and its pid may be anybody's by now: only our own server counts.
 */
export function localNatsPid(dataDir: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(join(dataDir, pidFile), 'utf8'));
  } catch {
    return undefined;
  }
  const ours = pid > 0 && processCommand(pid)?.includes(join(dataDir, configFileName));
  return ours ? pid : undefined;
}

/** Where the nats-server that runs on this data folder now takes clients, whichever process started it. */
export function localNatsUrl(dataDir: string): string | undefined {
  const pid = localNatsPid(dataDir);
  const file = pid === undefined ? undefined : portsFiles(dataDir).find((path) => path.endsWith(`_${pid}.ports`));
  return file === undefined ? undefined : clientUrl(file);
}
