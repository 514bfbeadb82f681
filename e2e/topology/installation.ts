/** Every target as processes of its own, each with no more rights than it needs, over TLS: as Kubernetes runs them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateNatsServer, startLocalNats, startLocalPostgres } from '@wam/local-infra';
import { until } from '../platform.ts';
import { issueCertificate } from './certificates.ts';
import { choosePort } from './choose-port.ts';
import { serveAddress } from './service-address.ts';

export type TargetName = 'gateway' | 'auth' | 'session-engine' | 'dispatcher' | 'analytics' | 'webhooks' | 'sandbox';
export interface TargetProcess {
  readonly name: string;
  readonly target: TargetName;
  readonly port: number;
  isReady(): Promise<boolean>;
  /** @throws Error when it ends before */
  whenReady(): Promise<void>;
  /**
   * SIGTERM, as a kubelet sends it.
   * @throws Error when it ends without saying first that it is not ready, or with another code than 0
   */
  stop(): Promise<void>;
}
export type Installation = Awaited<ReturnType<typeof startInstallation>>;

const entry = fileURLToPath(new URL('../../apps/wam/src/main.ts', import.meta.url));
/**
 * Many times the interval in which the address in front asks for readiness, so that it notices on a busy machine too, where everybody may stand
 * still for a second. As in Kubernetes that of gateways is its own: nobody has the address of the others.
 */
export const gatewayDrainDelayMs = 6_000;
const drainDelayMs = 1_500;

export async function startInstallation(folder: string, given: Record<string, string>) {
  const cleanUp = new AsyncDisposableStack();
  const binary = locateNatsServer(process.env.WAM_DATA_DIR ?? '.wam')?.path;
  if (binary === undefined) throw new Error('no nats-server: run "node scripts/bootstrap.mjs --local-servers"');
  const certificate = await issueCertificate();
  const file = (name: string) => join(folder, name);
  mkdirSync(folder, { recursive: true });
  for (const [name, pem] of Object.entries(certificate)) writeFileSync(file(`${name}.pem`), pem);

  const output: { name: string; text: string }[] = [];
  const lastLines = (name?: string): string =>
    output
      .filter((chunk) => name === undefined || chunk.name === name)
      .slice(-20)
      .map(({ text }) => text)
      .join('');
  const steps: string[] = [];
  /** What was done to the installation, and when. */
  const note = (step: string): void => void steps.push(`${new Date().toISOString()}  ${step}`);
  const running = new Set<ChildProcess>();
  const spawnWam = (args: string[], env: Record<string, string>, name = args.join(' ')): ChildProcess => {
    const child = spawn(process.execPath, [entry, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, LOG_LEVEL: 'warn', ...env },
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => output.push({ name, text: String(chunk) }));
    running.add(child);
    child.once('close', () => running.delete(child));
    return child;
  };
  async function runWam(args: string[], env: Record<string, string> = {}): Promise<string> {
    const child = spawnWam(args, env);
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`wam ${args.join(' ')} ended with ${code}:\n${lastLines(args.join(' '))}`);
    return printed;
  }

  await runWam(['nats', 'credentials', file('bus')]);
  const tls = `tls { cert_file: "${file('cert.pem')}", key_file: "${file('key.pem')}" }\n`;
  const [nats, postgres] = await Promise.all([
    startLocalNats({
      binary,
      dataDir: file('nats'),
      logFile: file('nats.log'),
      configuration: tls + readFileSync(file('bus/authorization.conf'), 'utf8'),
    }),
    startLocalPostgres({ dataDir: file('postgres'), logFile: file('postgres.log'), durable: false, tls: certificate }),
  ]);
  cleanUp.defer(() => nats.stop());
  cleanUp.defer(() => postgres.stop());
  cleanUp.defer(async () => {
    const left = [...running];
    for (const child of left) child.kill('SIGKILL');
    await Promise.all(left.map((child) => once(child, 'close')));
  });

  const overTls = (url: string) => `${url}?sslmode=verify-full&sslrootcert=${file('ca.pem')}`;
  await runWam(['database', 'credentials', file('roles')], { DATABASE_URL: overTls(postgres.url) });
  const sandboxPort = await choosePort();
  const onBus = (user: string) => ({
    // By name: the client checks no certificate against an address.
    NATS_URL: `nats://localhost:${nats.port}`,
    NATS_CA_FILE: file('ca.pem'),
    NATS_NKEY_SEED_FILE: file(`bus/${user}.seed`),
  });
  const common = {
    WAM_KEK: randomBytes(32).toString('base64'),
    WAM_MODE: 'production',
    WAM_DEFAULT_NETWORK: 'sandbox',
    WAM_NETWORK: 'sandbox',
    WHATSAPP_URL: `ws://127.0.0.1:${sandboxPort}/ws/chat`,
    WAM_DATA_DIR: folder,
    SANDBOX_PORT: String(sandboxPort),
    HOST: '127.0.0.1',
    DEFAULT_PLAN: 'enterprise',
    // The machine may be busy: it is about what is lost, not about how long it takes.
    PUBLISH_TIMEOUT: '30s',
    AUTH_TIMEOUT: '20s',
    ...given,
  };
  const inDatabase = (user: string): Record<string, string> =>
    existsSync(file(`roles/${user}.url`)) ? { DATABASE_URL_FILE: file(`roles/${user}.url`) } : {};
  await runWam(['prepare'], onBus('prepare'));
  const service = cleanUp.use(await serveAddress());

  /** Started, and not waited for. */
  async function start(target: TargetName): Promise<TargetProcess> {
    const [port, managementPort] = [await choosePort(), await choosePort()];
    const env = {
      ...common,
      ...onBus(target),
      ...inDatabase(target),
      DRAIN_DELAY: `${target === 'gateway' ? gatewayDrainDelayMs : drainDelayMs}ms`,
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
    };
    const name = `${target}:${port}`;
    note(`${name} starts`);
    const child = spawnWam(['start', `--target=${target}`], env, name);
    const started = once(child, 'message');
    const ended = once(child, 'close').then(([code]) => {
      note(`${name} has ended with ${code}`);
      return code as number | null;
    });
    const orItsEnd = <T>(what: Promise<T>): Promise<T> =>
      Promise.race([
        what,
        ended.then((code) => {
          throw new Error(`${name} ended with ${code}\n${lastLines(name)}`);
        }),
      ]);
    const readiness = (): Promise<number | undefined> =>
      fetch(`http://127.0.0.1:${managementPort}/readyz`).then(
        ({ status }) => status,
        () => undefined,
      );
    const isReady = async () => (await readiness()) === 200;
    const process: TargetProcess = {
      name,
      target,
      port,
      isReady,
      async whenReady() {
        // It tells whoever forked it. How long that takes is the machine's affair.
        await orItsEnd(started);
        await orItsEnd(until(`${name} is ready`, isReady));
        note(`${name} is ready`);
      },
      async stop() {
        note(`${name} is told to end`);
        child.kill('SIGTERM');
        await orItsEnd(until(`${name} is not ready`, async () => (await readiness()) === 503));
        note(`${name} is no longer ready`);
        // A request that was on its way when readiness went off is still answered, and the next one of its sender goes elsewhere.
        const answered = target !== 'gateway' || (await isLastAnswer(`http://127.0.0.1:${port}/livez`));
        const code = await ended;
        if (!answered || code !== 0)
          throw new Error(`${name}: ${JSON.stringify({ answered, code })}\n${lastLines(name)}`);
      },
    };
    if (target === 'gateway') service.add(process);
    return process;
  }
  return {
    url: service.url,
    cutConnections: service.cut,
    start,
    runAsOperator: (args: string[]) => runWam(args, { ...common, ...onBus('operator'), ...inDatabase('operator') }),
    /** Address of Postgres as this user, or as the administrator. */
    databaseUrl: (user?: string) =>
      user === undefined ? overTls(postgres.url) : readFileSync(file(`roles/${user}.url`), 'utf8').trim(),
    /** What lets somebody in: keys of the bus, passwords of the database, the key of everything sealed. */
    secrets: () => [
      common.WAM_KEK,
      ...readdirSync(file('bus'))
        .filter((name) => name.endsWith('.seed'))
        .map((name) => readFileSync(file(`bus/${name}`), 'utf8').trim()),
      ...readdirSync(file('roles'))
        .filter((name) => name.endsWith('.url'))
        .map((name) => new URL(readFileSync(file(`roles/${name}`), 'utf8').trim()).password),
    ],
    natsLog: () => readFileSync(file('nats.log'), 'utf8'),
    postgresLog: () => readFileSync(file('postgres.log'), 'utf8'),
    output: () => output.map(({ text }) => text).join(''),
    /** What was done, and what each process said last. */
    history: () => {
      const names = [...new Set(output.map(({ name }) => name))];
      return [...steps, ...names.map((name) => `-- ${name}\n${lastLines(name)}`)].join('\n');
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

async function isLastAnswer(url: string): Promise<boolean> {
  const { ok, headers } = await fetch(url);
  return ok && headers.get('connection') === 'close';
}
