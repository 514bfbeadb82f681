import { busHeaders, leaseBucket, messageSealPurpose, networkOfPool } from '@wam/contracts';
import {
  type Clock,
  ConfigError,
  configuredSealer,
  defineService,
  type IdSource,
  type Logger,
  type Random,
  type Service,
  systemClock,
  systemIds,
  systemRandom,
} from '@wam/service-kit';
import { agreeOnPartitionCount, bucketCreatedAt, connectBus, createPublisher, openBucket } from '@wam/service-kit/nats';
import { createDatabase, migrateSealed, pingDatabase } from '@wam/service-kit/postgres';
import { speedUpRawKeyCiphers } from './baileys/raw-key-ciphers.ts';
import { silenceLibsignal } from './baileys/silence-libsignal.ts';
import { surviveLostConnections } from './baileys/survive-lost-connections.ts';
import { trustNoiseRoot } from './baileys/trust-root.ts';
import { verifySignatures } from './baileys/verify-signatures.ts';
import { defaultWatchTimes } from './baileys/watch-sockets.ts';
import type { SessionEngineConfig } from './config.ts';
import { agreeOnPartitions } from './database/agree-on-partitions.ts';
import { engineMigrations } from './database/migrations.ts';
import { type EngineTables, engineSchema } from './database/tables.ts';
import { createRunningEngine, type RunningEngine } from './engine/run-engine.ts';
import { findNetwork } from './network/find-network.ts';
import { leaseDefaults } from './ownership/lease-state.ts';
import { newMemberName } from './ownership/member-name.ts';

export interface SessionEngineDeps {
  logger: Logger;
  clock?: Clock;
  ids?: IdSource;
  random?: Random;
}

/**
 * Small buffers are cut from pieces of this size, and one key that is kept for as long as its session keeps the whole piece: with Node's
 * 64 kB it was 32 kB a session, with these 10 kB.
 */
const bufferPoolBytes = 8_192;

/**
 * Owns the WhatsApp sockets and Signal state of its share of one pool. Joins the other engines of the pool; migrates its schema, and
 * expects the streams to exist. A process runs one engine per network, since the trust root is the process'.
 */
export function createSessionEngine(config: SessionEngineConfig, deps: SessionEngineDeps): Service {
  const { logger, clock = systemClock, ids = systemIds, random = systemRandom } = deps;
  const resources = new AsyncDisposableStack();
  const stopping = new AbortController();
  let engine: RunningEngine | undefined;

  async function start(): Promise<void> {
    silenceLibsignal();
    surviveLostConnections();
    Buffer.poolSize = bufferPoolBytes;
    verifySignatures();
    speedUpRawKeyCiphers();
    const sealer = configuredSealer(config, { purposesWithOwnKey: [messageSealPurpose] });
    const { url, noiseRoot } = await findNetwork(
      { network: config.WAM_NETWORK, url: config.WHATSAPP_URL, noiseRoot: config.WHATSAPP_NOISE_ROOT },
      clock,
      stopping.signal,
    );
    if (noiseRoot) trustNoiseRoot(noiseRoot);
    const pool = config.WAM_POOL ?? config.WAM_NETWORK;
    if (networkOfPool(pool) !== config.WAM_NETWORK) {
      const expected = `${config.WAM_NETWORK}, or ${config.WAM_NETWORK}- and the name of a dedicated pool`;
      throw new ConfigError([{ variable: 'WAM_POOL', problem: `is ${pool}`, expected }]);
    }
    const member = newMemberName();
    const nc = await connectBus(config, 'session-engine', `session-engine-${pool}`);
    resources.defer(() => nc.close());
    const publisher = createPublisher(nc, { headers: { [busHeaders.network]: config.WAM_NETWORK } });
    resources.defer(() => publisher.close());
    const db = createDatabase<EngineTables>({
      url: config.DATABASE_URL.reveal(),
      schema: engineSchema,
      applicationName: `wam-engine ${member}`,
      // A process that is paused in a transaction must not hold up who takes its sessions over.
      idleInTransactionTimeoutMs: 3_000,
      max: config.ENGINE_DATABASE_POOL,
      logger,
    });
    resources.defer(() => db.destroy());
    const partitionCount = await agreeOnPartitionCount(nc, config.PARTITION_COUNT);
    const migrations = engineMigrations(partitionCount);
    await migrateSealed(db, { schema: engineSchema, migrations, sealer });
    await agreeOnPartitions(db, partitionCount);
    const bucket = await openBucket(nc, leaseBucket, { answerTimeoutMs: 1_000 });
    engine = createRunningEngine({
      nc,
      publisher,
      db,
      sealer,
      clock,
      ids,
      random,
      logger,
      pool,
      member,
      leases: {
        bucket,
        createdAt: await bucketCreatedAt(bucket),
        settings: {
          ...leaseDefaults,
          partitionCount,
          ttlMs: config.ENGINE_LEASE_TTL,
          heartbeatMs: config.ENGINE_LEASE_TTL / 4,
        },
      },
      stopGraceMs: config.SHUTDOWN_GRACE ?? (config.WAM_MODE === 'production' ? 20_000 : 3_000),
      // The sandbox keeps tenants apart by it: only its owner's simulated phones may scan a session's code.
      urlFor: (tenant) => (config.WAM_NETWORK === 'sandbox' ? withOwner(url, tenant) : url),
      loginConcurrency: config.ENGINE_LOGIN_CONCURRENCY,
      watchTimes: {
        ...defaultWatchTimes,
        quietMs: config.ENGINE_QUIET_LIMIT,
        answerMs: Math.min(defaultWatchTimes.answerMs, config.ENGINE_QUIET_LIMIT),
        acknowledgementMs: config.ENGINE_ACK_LIMIT,
      },
      isDatabaseUp: () => pingDatabase(db),
      stopping,
    });
    await engine.start();
    logger.info({ pool, member }, 'session engine is a member of its pool');
  }

  return defineService({
    name: 'session-engine',
    start,
    async stop() {
      await engine?.stop();
      stopping.abort();
      await resources.disposeAsync();
    },
    health: () => engine?.health() ?? { ready: false, detail: 'starting' },
  });
}

function withOwner(url: string, tenant: string): string {
  const owned = new URL(url);
  owned.searchParams.set('owner', tenant);
  return owned.href;
}
