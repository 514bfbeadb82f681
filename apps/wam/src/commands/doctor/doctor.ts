/** `wam doctor`: what is wrong with an installation, and what to do about it. Changes nothing. */
import { join } from 'node:path';
import { gatewaySettings } from '@wam/gateway';
import { localNatsUrl } from '@wam/local-infra';
import { type Clock, type Env, loadConfig, otherKeksSetting, secret, systemClock } from '@wam/service-kit';
import Type from 'typebox';
import { loadLauncherConfig } from '../../config.ts';
import { enginePartitions } from '../engine-partitions.ts';
import type { PoolOverview } from '../pool-overview.ts';
import { prepareSettings } from '../prepare.ts';
import { examineBus } from './examine-bus.ts';
import { examineBusServers } from './examine-bus-servers.ts';
import { examineDatabase } from './examine-database.ts';
import { examineDisk } from './examine-disk.ts';
import { judgeEngines } from './examine-engines.ts';
import { examineMessageKeys } from './examine-message-keys.ts';
import { examineProgress } from './examine-progress.ts';
import { type Finding, fault, hasFaults, warning } from './finding.ts';

const settings = Type.Object({
  DATABASE_URL: Type.Optional(secret({ description: 'Postgres of the installation' })),
  WAM_KEK: Type.Optional(secret({ minLength: 43, description: 'The key that everything sealed at rest is under' })),
  WAM_OTHER_KEKS: otherKeksSetting,
  NATS_REPLICAS: prepareSettings.properties.NATS_REPLICAS,
  NATS_MONITOR_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^,]+(,\\s*https?://[^,]+)*$',
      description: 'Monitoring ports of nats-servers, separated by commas, such as http://nats-0.nats:8222',
    }),
  ),
  FEED_RETENTION: gatewaySettings.properties.FEED_RETENTION,
});

/** @throws ConfigError */
export async function examine(env: Env, clock: Clock = systemClock): Promise<Finding[]> {
  const config = loadLauncherConfig(env);
  const { DATABASE_URL, WAM_KEK, WAM_OTHER_KEKS, NATS_REPLICAS, NATS_MONITOR_URL, FEED_RETENTION } = loadConfig(
    settings,
    env,
  );
  const url = config.NATS_URL ?? localNatsUrl(join(config.WAM_DATA_DIR, 'nats')) ?? 'nats://127.0.0.1:4222';
  const onBus = { ...env, NATS_URL: url };
  const bus = await examineBus({ ...config, NATS_URL: url }, NATS_REPLICAS);
  const busServers = NATS_MONITOR_URL === undefined ? [] : await examineBusServers(NATS_MONITOR_URL);
  const isBusThere = !hasFaults(bus);
  const pools = isBusThere ? await leasesOrFault(onBus) : [];
  const engines = Array.isArray(pools) ? (isBusThere ? judgeEngines(pools) : []) : [pools];
  const disk = examineDisk(config.WAM_DATA_DIR);
  if (DATABASE_URL === undefined)
    return [
      ...bus,
      ...busServers,
      ...engines,
      ...disk,
      warning('database', 'was not looked at', 'set DATABASE_URL (or DATABASE_URL_FILE) to that of the operator'),
    ];
  const access = { DATABASE_URL, WAM_KEK, WAM_OTHER_KEKS };
  const database = await examineDatabase(access, clock);
  const isDatabaseThere = !database.some(({ about }) => about === 'database');
  const progress =
    isBusThere && isDatabaseThere && Array.isArray(pools) ? await examineProgress(onBus, access, pools) : [];
  const keys = isBusThere
    ? await examineMessageKeys(onBus, access, { feedRetentionMs: FEED_RETENTION, nowMs: clock.now() })
    : [];
  return [...bus, ...busServers, ...engines, ...disk, ...database, ...progress, ...keys];
}

/** The bus may lose a server while it is looked at. */
async function leasesOrFault(env: Env): Promise<PoolOverview[] | Finding> {
  try {
    return await enginePartitions(env);
  } catch (error) {
    const says = `leases cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return fault('engines', says, 'look again in ten seconds, in which servers of the bus choose a new leader');
  }
}
