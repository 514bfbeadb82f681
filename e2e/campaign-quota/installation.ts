/**
 * Two gateways, two auths, analytics, an engine on the simulated network, and two dispatchers in processes of their own that can be stopped and
 * killed. All but engine and analytics share a clock that starts in the morning of a day, so that no midnight comes by itself.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createAnalytics, loadAnalyticsConfig } from '@wam/analytics';
import { createAuth, loadAuthConfig } from '@wam/auth';
import { type Client, createClient } from '@wam/client';
import { type MessageCommand, subjects } from '@wam/contracts';
import { createGateway, loadGatewayConfig } from '@wam/gateway';
import { type Clock, createSilentLogger, type Service, systemClock } from '@wam/service-kit';
import { connectNats, ensureStreams } from '@wam/service-kit/nats';
import { createSessionEngine, loadSessionEngineConfig } from '@wam/session-engine';
import { createTestDatabase, eventually, startTestNats, temporaryDirectory } from '@wam/testkit';
import { createSandbox, type Sandbox } from '@wam/whatsapp-sandbox';

const dispatcherEntry = fileURLToPath(new URL('./dispatcher-process.ts', import.meta.url));
const hourMs = 3_600_000;
const sixOClockTomorrow = (nowMs: number): number => Math.ceil(nowMs / (24 * hourMs)) * 24 * hourMs + 6 * hourMs;

export interface Tenant {
  tenant: string;
  /** At the one gateway and at the other. */
  clients: [Client, Client];
  sessionIds: string[];
  /** Ids of the messages of this account that ever lay on the bus. */
  published(): ReadonlySet<string>;
  /** What the account sees as used of its day. */
  used(): Promise<number>;
  /** To the first moment of the next one, with a token of it. */
  passMidnight(): Promise<void>;
}
export interface Installation extends AsyncDisposable {
  sandbox: Sandbox;
  /** With so many connected sessions. */
  newTenant(sessions: number): Promise<Tenant>;
  passTime(ms: number): void;
  /** Of the shared clock, ms. */
  now(): number;
  /** A new process in the place of the oldest. */
  replaceDispatcher(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export async function startInstallation(messagesPerDay: number): Promise<Installation> {
  const resources = new AsyncDisposableStack();
  const [nats, database, folder] = await Promise.all([
    startTestNats(),
    createTestDatabase(),
    temporaryDirectory('wam-quota-'),
  ]);
  resources.defer(() => folder.remove());
  resources.defer(() => database.drop());
  resources.use(nats);
  const sandbox = resources.use(createSandbox({ dataDir: folder.path }));
  await sandbox.start();
  const connection = await connectNats({ url: nats.url, name: 'spec' });
  resources.defer(() => connection.close());
  await ensureStreams(connection);
  const published = new Map<string, Set<string>>();
  connection.subscribe(subjects.commandsOfPool('sandbox'), {
    callback: (_, message) => {
      const { type, tenant, data } = message.json<MessageCommand>();
      if (type === 'SendMessage') published.get(tenant)?.add(data.messageId);
    },
  });

  const env = {
    PORT: '0',
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    WAM_DATA_DIR: folder.path,
    WAM_KEK: randomBytes(32).toString('base64'),
    WHATSAPP_URL: sandbox.url,
    WHATSAPP_NOISE_ROOT: sandbox.noiseRootPublicKey.toString('base64'),
    PUBLIC_URL: 'http://api.example.com',
    PLANS: JSON.stringify({
      daily: { name: 'Daily', pricePerMonth: 0, sessions: 9, messagesPerDay, features: ['bulk-messaging'] },
    }),
    DEFAULT_PLAN: 'daily',
    RATE_LIMIT_GENERAL: '1000000/1h',
    RATE_LIMIT_PLANS: 'none',
    RATE_LIMIT_AUTH: '1000000/1h',
    // A reservation whose answer nobody heard stays counted: on a busy machine there is time to hear it.
    AUTH_TIMEOUT: '20s',
    ANALYTICS_READ_WAIT: '4s',
  };
  let aheadMs = sixOClockTomorrow(Date.now()) - Date.now();
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const logger = createSilentLogger();
  async function start<S extends Service>(service: S): Promise<S> {
    await service.start();
    resources.defer(() => service.stop());
    return service;
  }
  for (const _ of [1, 2]) await start(createAuth(loadAuthConfig(env), { logger, clock }));
  await start(createAnalytics(loadAnalyticsConfig(env), { logger }));
  const gateways = [
    await start(createGateway(loadGatewayConfig(env), { logger, clock })),
    await start(createGateway(loadGatewayConfig(env), { logger, clock })),
  ] as const;
  await start(createSessionEngine(loadSessionEngineConfig(env), { logger }));
  for (const gateway of gateways)
    await eventually(() => gateway.health().ready || Promise.reject(new Error('not ready')));

  const dispatchers: ChildProcess[] = [];
  async function startDispatcher(): Promise<void> {
    const child = fork(dispatcherEntry, {
      env: { ...process.env, ...env, CLOCK_AHEAD_MS: String(aheadMs) },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    dispatchers.push(child);
    await once(child, 'message');
    child.send(aheadMs);
  }
  resources.defer(async () => {
    for (const child of dispatchers) await end(child, 'SIGKILL');
  });
  await Promise.all([startDispatcher(), startDispatcher()]);

  function passTime(ms: number): void {
    aheadMs += ms;
    for (const child of dispatchers) child.send(aheadMs);
  }

  return {
    sandbox,
    async newTenant(sessions) {
      const credentials = { email: `${randomUUID()}@example.com`, password: 'securepassword123' };
      const clients = gateways.map(({ address }) => createClient({ baseUrl: address })) as [Client, Client];
      const useToken = ({ token }: { token: string }) => {
        for (const client of clients) client.useToken(token);
      };
      const { token, user } = await clients[0].register({ body: credentials });
      useToken({ token });
      const tenant = user.userId;
      const ids = new Set<string>();
      published.set(tenant, ids);
      const sessionIds = await Promise.all(
        Array.from({ length: sessions }, async () => {
          const { sessionId } = await clients[0].createSession({ body: { network: 'sandbox' } });
          const { qrCode } = await clients[0].getSessionQr({ params: { sessionId } });
          await sandbox.scanQr({ qr: qrCode!, owner: tenant });
          return sessionId;
        }),
      );
      await eventually(async () => {
        const known = await clients[0].listSessions();
        const connected = known.sessions.filter(({ status }) => status === 'connected').length;
        if (connected < sessions) throw new Error(`${connected} of ${sessions} sessions are connected`);
      });
      return {
        tenant,
        clients,
        sessionIds,
        published: () => ids,
        used: async () => (await clients[0].getMe()).usage.messagesToday,
        async passMidnight() {
          const { resetsAt } = (await clients[0].getMe()).usage;
          passTime(Date.parse(resetsAt) - clock.now());
          useToken(await clients[1].login({ body: credentials }));
        },
      };
    },
    passTime,
    now: () => clock.now(),
    async replaceDispatcher(signal) {
      await end(dispatchers.shift()!, signal);
      await startDispatcher();
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
