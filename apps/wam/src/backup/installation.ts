/** What belongs to an installation: schemas with their migrations, streams, and where its servers are. */
import { join } from 'node:path';
import { analyticsMigrations, analyticsSealed } from '@wam/analytics';
import { authMigrations, authSealed } from '@wam/auth';
import { defaultPartitionCount } from '@wam/contracts';
import { dispatcherMigrations, dispatcherSealed } from '@wam/dispatcher';
import { AlreadyRunningError, acquireInstanceLock, localNatsUrl, localPostgresUrl } from '@wam/local-infra';
import type { MigrateOptions } from '@wam/service-kit/postgres';
import { engineMigrations } from '@wam/session-engine/migrations';
import { engineSealed } from '@wam/session-engine/sealed-columns';
import { webhooksMigrations, webhooksSealed } from '@wam/webhooks';
import { startServers } from '../all/local-servers.ts';
import type { LauncherConfig } from '../config.ts';
import { UserError } from '../user-error.ts';

export const migrationsOf: ReadonlyMap<string, MigrateOptions['migrations']> = new Map([
  [authSealed.schema, authMigrations],
  // On empty tables the number of partitions places nothing.
  [engineSealed.schema, engineMigrations(defaultPartitionCount)],
  [dispatcherSealed.schema, dispatcherMigrations],
  [analyticsSealed.schema, analyticsMigrations],
  [webhooksSealed.schema, webhooksMigrations],
]);
export const schemas = [...migrationsOf.keys()];

export interface FoundServers extends AsyncDisposable {
  databaseUrl: string;
  natsUrl: string;
}

/** Those that were named; else those of the platform on WAM_DATA_DIR, started for us when it does not run. */
export async function findServers(config: LauncherConfig, { mayRun }: { mayRun: boolean }): Promise<FoundServers> {
  const { DATABASE_URL, NATS_URL, WAM_DATA_DIR } = config;
  if (DATABASE_URL !== undefined && NATS_URL !== undefined)
    return { databaseUrl: DATABASE_URL.reveal(), natsUrl: NATS_URL, [Symbol.asyncDispose]: () => Promise.resolve() };
  try {
    const lock = acquireInstanceLock(WAM_DATA_DIR);
    try {
      const servers = await startServers(config);
      const stop = () => servers.stop().finally(() => lock.release());
      return { ...servers, [Symbol.asyncDispose]: stop };
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    if (!(error instanceof AlreadyRunningError)) throw error;
    if (!mayRun)
      throw new UserError(`WAMessenger is ${error.message}; stop it, and restore into an empty WAM_DATA_DIR`);
    const databaseUrl = DATABASE_URL?.reveal() ?? localPostgresUrl(join(WAM_DATA_DIR, 'postgres'));
    const natsUrl = NATS_URL ?? localNatsUrl(join(WAM_DATA_DIR, 'nats'));
    if (databaseUrl === undefined || natsUrl === undefined)
      throw new UserError(`WAMessenger is ${error.message}, without its servers yet; try again`);
    return { databaseUrl, natsUrl, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}
