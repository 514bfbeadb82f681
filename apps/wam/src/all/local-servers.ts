/** Postgres and NATS: the ones that were named, or own ones on the data folder. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateNatsServer, startLocalNats, startLocalPostgres } from '@wam/local-infra';
import type { LauncherConfig } from '../config.ts';

export interface Servers {
  databaseUrl: string;
  natsUrl: string;
  stop(): Promise<void>;
}

const repository = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));

/** @throws when an own server cannot be found or started; what had started by then is stopped */
export async function startServers(config: LauncherConfig): Promise<Servers> {
  const { WAM_DATA_DIR: dataDir } = config;
  const started = await Promise.allSettled([startPostgres(config, dataDir), startNats(config, dataDir)]);
  const stop = async (): Promise<void> => {
    const running = started.filter((server) => server.status === 'fulfilled');
    await Promise.all(running.map((server) => server.value.stop()));
  };
  const [postgres, nats] = started;
  if (postgres.status === 'rejected' || nats.status === 'rejected') {
    await stop();
    throw postgres.status === 'rejected' ? postgres.reason : (nats as PromiseRejectedResult).reason;
  }
  return { databaseUrl: postgres.value.url, natsUrl: nats.value.url, stop };
}

interface Server {
  url: string;
  stop(): Promise<void>;
}
const operators = (url: string): Server => ({ url, stop: () => Promise.resolve() });

async function startPostgres(config: LauncherConfig, dataDir: string): Promise<Server> {
  if (config.DATABASE_URL !== undefined) return operators(config.DATABASE_URL.reveal());
  return startLocalPostgres({ dataDir: join(dataDir, 'postgres'), logFile: join(dataDir, 'logs', 'postgres.log') });
}

async function startNats(config: LauncherConfig, dataDir: string): Promise<Server> {
  if (config.NATS_URL !== undefined) return operators(config.NATS_URL);
  // The bootstrap keeps the binary with the default data folder, wherever the data is.
  const binary = locateNatsServer(dataDir) ?? locateNatsServer(join(repository, '.wam'));
  if (binary === undefined) {
    throw new Error('no nats-server found: run "node scripts/bootstrap.mjs", install one, or set NATS_URL');
  }
  return startLocalNats({
    dataDir: join(dataDir, 'nats'),
    binary: binary.path,
    logFile: join(dataDir, 'logs', 'nats.log'),
    // What the log has acknowledged must survive a power cut; on one node this bounds throughput, not safety.
    syncInterval: 'always',
  });
}
