/** `wam start --target=all`: the whole platform on one machine. */
import { join } from 'node:path';
import { AlreadyRunningError, acquireInstanceLock, findFreePort, type InstanceLock } from '@wam/local-infra';
import {
  composeServices,
  createHealthRegistry,
  defineService,
  type Env,
  type Logger,
  runUntilSignal,
  type Service,
  systemClock,
} from '@wam/service-kit';
import { connectNats, ensureStreams } from '@wam/service-kit/nats';
import { loadSessionEngineConfig } from '@wam/session-engine/config';
import { loadAll } from '../collect-faults.ts';
import {
  defaultNetworkOf,
  engineEnvironment,
  type LauncherConfig,
  partsEnvironment,
  placeholderFacts,
  type StartedFacts,
} from '../config.ts';
import { target as analytics } from '../targets/analytics.ts';
import { target as auth } from '../targets/auth.ts';
import { target as dispatcher } from '../targets/dispatcher.ts';
import { target as gateway } from '../targets/gateway.ts';
import { target as sandbox } from '../targets/sandbox.ts';
import { UserError } from '../user-error.ts';
import { checkPort } from './check-port.ts';
import { createChildTarget } from './child-target.ts';
import { type Servers, startServers } from './local-servers.ts';
import { createNetworkEngines } from './network-engines.ts';
import { developmentKek, readNetworks, rememberNetwork } from './own-files.ts';
import { startTogether } from './start-together.ts';
import { createWelcome } from './welcome.ts';

export interface StartAllDeps {
  env: Env;
  config: LauncherConfig;
  /** One for each part, so that its lines carry its name. */
  loggerFor: (service: string) => Logger;
  print: (text: string) => void;
}

/** Everything is gone within five seconds; a stop that hangs is cut off here. */
const stopGraceMs = 4500;

/** Returns when a signal has stopped everything. */
export async function startAll({ env, config, loggerFor, print }: StartAllDeps): Promise<void> {
  const startedAtMs = systemClock.monotonicMs();
  const logger = loggerFor('wam');
  const inProcess = (facts: StartedFacts) => {
    const merged = partsEnvironment(env, config, facts);
    return { merged, parts: loadParts(merged, engineEnvironment(merged, 'sandbox', facts.sandboxPort)) };
  };
  inProcess(placeholderFacts);
  const kek = kekOf(config);
  const lock = takeLock(config.WAM_DATA_DIR);
  try {
    await checkPort(config.PORT, '127.0.0.1');
    await using servers = await startOwnServers(config);
    const { databaseUrl, natsUrl } = servers;
    const sandboxPort = config.SANDBOX_PORT || (await findFreePort());
    const { merged, parts } = inProcess({ databaseUrl, natsUrl, kek, sandboxPort });
    const platform = await composePlatform({
      config,
      logger,
      loggerFor,
      print,
      startedAtMs,
      merged,
      sandboxPort,
      parts,
      lock,
    });
    await runUntilSignal(platform, { logger, graceMs: stopGraceMs });
  } finally {
    lock.release();
  }
}

/** The sandbox and the engines run in children; their settings are checked here, together with all others. */
function loadParts(merged: Env, ofEngine: Env) {
  const [createAuth, createAnalytics, createDispatcher, createGateway] = loadAll([
    () => auth.load(merged),
    () => analytics.load(merged),
    () => dispatcher.load(merged),
    () => gateway.load(merged),
    () => sandbox.load(merged),
    () => loadSessionEngineConfig(ofEngine),
  ]);
  return { createAuth, createAnalytics, createDispatcher, createGateway };
}

function kekOf({ WAM_KEK, WAM_MODE, WAM_DATA_DIR }: LauncherConfig): string {
  if (WAM_KEK !== undefined) return WAM_KEK.reveal();
  if (WAM_MODE === 'development') return developmentKek(WAM_DATA_DIR);
  throw new UserError('WAM_KEK is not set: in production the key that seals all data is yours to make and to keep');
}

function takeLock(dataDir: string): InstanceLock {
  try {
    return acquireInstanceLock(dataDir);
  } catch (error) {
    if (error instanceof AlreadyRunningError) throw new UserError(`WAMessenger is ${error.message}`);
    throw error;
  }
}

async function startOwnServers(config: LauncherConfig): Promise<Servers & AsyncDisposable> {
  try {
    const servers = await startServers(config);
    return { ...servers, [Symbol.asyncDispose]: () => servers.stop() };
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error));
  }
}

interface PlatformParts extends Omit<StartAllDeps, 'env'> {
  logger: Logger;
  startedAtMs: number;
  merged: Record<string, string>;
  sandboxPort: number;
  parts: ReturnType<typeof loadParts>;
  lock: InstanceLock;
}

async function composePlatform(given: PlatformParts): Promise<Service> {
  const { config, logger, merged, parts, lock, sandboxPort } = given;
  const nats = await connectNats({ url: merged.NATS_URL ?? '', name: 'launcher' });
  await ensureStreams(nats);
  const health = createHealthRegistry();
  const part = (service: string) => ({ logger: given.loggerFor(service) });

  const simulatedNetwork = createChildTarget(
    { name: 'sandbox', target: 'sandbox', env: merged },
    { logger, clock: systemClock },
  );
  const networksFile = join(config.WAM_DATA_DIR, 'networks.json');
  const engines = createNetworkEngines({
    nats,
    logger,
    always: [defaultNetworkOf(config)],
    used: readNetworks(networksFile),
    createEngine: (network) =>
      createChildTarget(
        {
          name: `session-engine ${network}`,
          target: 'session-engine',
          env: engineEnvironment(merged, network, sandboxPort),
        },
        { logger, clock: systemClock },
      ),
    onStarted: (network) => rememberNetwork(networksFile, network),
  });
  const edge = parts.createGateway({ ...part('gateway'), health });
  const backends = startTogether('services', [
    parts.createAuth(part('auth')),
    parts.createAnalytics(part('analytics')),
    parts.createDispatcher(part('dispatcher')),
    // An engine waits for its network by itself: both take their time to load.
    simulatedNetwork,
    engines,
  ]);
  health.register('services', () => backends.health());
  const connection = defineService({
    name: 'launcher-connection',
    start: () => Promise.resolve(),
    stop: () => nats.close(),
    health: () => ({ ready: true }),
  });
  const welcome = createWelcome({
    config,
    url: () => edge.address,
    announce: lock.announce,
    startedAtMs: given.startedAtMs,
    nowMs: () => systemClock.monotonicMs(),
    print: given.print,
    logger,
  });
  return composeServices([connection, backends, edge, welcome], { logger, name: 'platform' });
}
