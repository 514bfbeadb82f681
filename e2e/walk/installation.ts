/** Every service as a process of its own, two engines among them, that can be killed, stopped and replaced; Postgres and NATS of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort, startLocalPostgres } from '@wam/local-infra';
import { connectNats, ensureStreams, type NatsConnection } from '@wam/service-kit/nats';
import { startTestNats, temporaryDirectory } from '@wam/testkit';
import { createSandbox, type Sandbox } from '@wam/whatsapp-sandbox';
import { nodeArguments } from '../../apps/wam/src/all/node-arguments.ts';
import { until } from '../platform.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../webhook-receiver.ts';

const entry = fileURLToPath(new URL('../../apps/wam/src/main.ts', import.meta.url));
const targets = ['auth', 'analytics', 'webhooks', 'dispatcher', 'session-engine', 'session-engine', 'gateway'] as const;
export type Target = (typeof targets)[number];
const pinoError = 50;
const startTimeoutMs = 120_000;

export interface Installation extends AsyncDisposable {
  readonly url: string;
  readonly databaseUrl: string;
  readonly sandbox: Sandbox;
  readonly receiver: WebhookReceiver;
  readonly nc: NatsConnection;
  /** The oldest process of a target ends by that signal, and a new one takes its place. */
  replace(target: Target, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  restart(server: 'bus' | 'database'): Promise<void>;
  /** Every process of every target answers that it is ready. */
  untilReady(): Promise<void>;
  /** Lines of level error and above, and what is no line of a log. */
  complaints(): string[];
  /** All that was written to the logs. */
  log(): string;
}

interface Running {
  target: Target;
  child: ChildProcess;
  managementPort: number;
}

/** @param given more settings of all processes */
export async function startInstallation(given: Record<string, string> = {}): Promise<Installation> {
  const cleanUp = new AsyncDisposableStack();
  try {
    return await start(cleanUp, given);
  } catch (error) {
    await cleanUp.disposeAsync();
    throw error;
  }
}

async function start(cleanUp: AsyncDisposableStack, given: Record<string, string>): Promise<Installation> {
  const folder = await temporaryDirectory('wam-walk-');
  cleanUp.defer(() => folder.remove());
  // Postgres does not run as root; its user has to reach its data.
  await chmod(folder.path, 0o755);
  const startPostgres = (port?: number) =>
    startLocalPostgres({
      dataDir: join(folder.path, 'postgres'),
      logFile: join(folder.path, 'postgres.log'),
      durable: false,
      ...(port === undefined ? {} : { port }),
    });
  const nats = cleanUp.use(await startTestNats());
  let postgres = await startPostgres();
  cleanUp.defer(() => postgres.stop());
  const sandbox = cleanUp.use(createSandbox({ dataDir: join(folder.path, 'sandbox') }));
  await sandbox.start();
  const receiver = cleanUp.use(await startWebhookReceiver());
  const nc = await connectNats({ url: nats.url, name: 'walk' });
  cleanUp.defer(() => nc.close());
  await ensureStreams(nc);
  const port = await findFreePort();
  const env = {
    ...process.env,
    DATABASE_URL: postgres.url,
    NATS_URL: nats.url,
    WAM_DATA_DIR: folder.path,
    WAM_KEK: randomBytes(32).toString('base64'),
    WAM_NETWORK: 'sandbox',
    WAM_DEFAULT_NETWORK: 'sandbox',
    WHATSAPP_URL: sandbox.url,
    PORT: String(port),
    LOG_LEVEL: 'warn',
    DEFAULT_PLAN: 'enterprise',
    RATE_LIMIT_GENERAL: '1000000000/15m',
    RATE_LIMIT_PLANS: 'none',
    WEBHOOK_ALLOW: '127.0.0.1',
    ...given,
  };

  const chunks: string[] = [];
  const running: Running[] = [];
  async function startProcess(target: Target): Promise<void> {
    const managementPort = await findFreePort();
    const child = fork(entry, ['start', `--target=${target}`], {
      env: { ...env, MANAGEMENT_PORT: String(managementPort) },
      execArgv: [...nodeArguments],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => void chunks.push(chunk.toString()));
    running.push({ target, child, managementPort });
  }
  cleanUp.defer(async () => {
    await Promise.all(running.map(({ child }) => end(child, 'SIGKILL')));
  });
  await Promise.all(targets.map(startProcess));

  const turns = new Map<string, Promise<void>>();
  /** One after the other for each name. */
  function inTurn(name: string, act: () => Promise<void>): Promise<void> {
    const turn = (turns.get(name) ?? Promise.resolve()).then(act);
    turns.set(name, turn);
    return turn;
  }

  const installation: Installation = {
    url: `http://127.0.0.1:${port}`,
    databaseUrl: postgres.url,
    sandbox,
    receiver,
    nc,
    replace: (target, signal) =>
      inTurn(target, async () => {
        const old = running.find((each) => each.target === target)!;
        await end(old.child, signal);
        running.splice(running.indexOf(old), 1);
        await startProcess(target);
      }),
    restart: (server) =>
      inTurn(server, async () => {
        if (server === 'bus') {
          await nats.kill();
          await nats.restart();
          return;
        }
        await postgres.stop();
        postgres = await startPostgres(postgres.port);
      }),
    async untilReady() {
      for (const { target, child, managementPort } of running)
        await until(
          `${target} is ready`,
          async () => {
            if (child.exitCode !== null) throw new Error(`${target} ended with ${child.exitCode}\n${chunks.join('')}`);
            return fetch(`http://127.0.0.1:${managementPort}/readyz`).then(
              ({ ok }) => ok,
              () => false,
            );
          },
          startTimeoutMs,
        );
    },
    complaints: () =>
      chunks
        .join('')
        .split('\n')
        .filter((line) => line !== '' && levelOf(line) >= pinoError),
    log: () => chunks.join(''),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
  await installation.untilReady();
  return installation;
}

function levelOf(line: string): number {
  try {
    return (JSON.parse(line) as { level: number }).level;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
