/** Builds the platform out of its parts: services in this process, networks in children. */
import { join } from 'node:path';
import {
  busAccessOf,
  composeServices,
  createHealthRegistry,
  defineService,
  type Service,
  systemClock,
} from '@wam/service-kit';
import { connectNats, ensureStreams } from '@wam/service-kit/nats';
import { defaultNetworkOf, engineEnvironment } from '../config.ts';
import { createChildTarget } from './child-target.ts';
import type { Parts } from './load-parts.ts';
import { readPools, rememberPool } from './own-files.ts';
import { createPoolEngines } from './pool-engines.ts';
import type { StartAllDeps } from './start-all.ts';
import { startTogether } from './start-together.ts';
import { createWelcome } from './welcome.ts';

export interface PlatformOptions extends Omit<StartAllDeps, 'env'> {
  /** What every part reads as its environment. */
  environment: Record<string, string>;
  sandboxPort: number;
  parts: Parts;
  startedAtMs: number;
  /** Aborted as soon as the platform is told to stop. */
  stopping: AbortSignal;
  announce: (url: string) => void;
}

export async function composePlatform(options: PlatformOptions): Promise<Service> {
  const { config, environment, parts, sandboxPort, stopping, loggerFor } = options;
  const logger = loggerFor('wam');
  const access = busAccessOf({ ...config, NATS_URL: environment.NATS_URL ?? '' });
  const nats = await connectNats({ ...access, name: 'launcher' });
  const { PARTITION_COUNT: partitionCount } = config;
  await ensureStreams(nats, partitionCount === undefined ? {} : { partitionCount });
  const connection = defineService({
    name: 'launcher-connection',
    start: () => Promise.resolve(),
    stop: () => nats.close(),
    health: () => ({ ready: !nats.isClosed() }),
  });

  const childDeps = { logger, clock: systemClock, stopping };
  const simulatedNetwork = createChildTarget({ name: 'sandbox', target: 'sandbox', env: environment }, childDeps);
  const poolsFile = join(config.WAM_DATA_DIR, 'networks.json');
  const engines = createPoolEngines({
    nats,
    logger,
    always: [defaultNetworkOf(config)],
    used: readPools(poolsFile),
    createEngine: (pool) => {
      const env = engineEnvironment(environment, pool, sandboxPort);
      return createChildTarget({ name: `session-engine ${pool}`, target: 'session-engine', env }, childDeps);
    },
    onStarted: (pool) => rememberPool(poolsFile, pool),
  });
  const backends = startTogether('services', [
    parts.createAuth({ logger: loggerFor('auth') }),
    parts.createAnalytics({ logger: loggerFor('analytics') }),
    parts.createDispatcher({ logger: loggerFor('dispatcher') }),
    parts.createWebhooks({ logger: loggerFor('webhooks') }),
    // An engine waits for its network by itself: both take their time to load.
    simulatedNetwork,
    engines,
  ]);
  const health = createHealthRegistry();
  health.register('services', () => backends.health());
  const gateway = parts.createGateway({ logger: loggerFor('gateway'), health });
  const welcome = createWelcome({
    config,
    webhookAllow: environment.WEBHOOK_ALLOW ?? '',
    url: () => gateway.address,
    announce: options.announce,
    startedAtMs: options.startedAtMs,
    nowMs: () => systemClock.monotonicMs(),
    print: options.print,
    logger,
  });
  return composeServices([connection, backends, gateway, welcome], { logger, name: 'platform' });
}
