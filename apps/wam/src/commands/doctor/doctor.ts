/** `wam doctor`: what is wrong with an installation, and what to do about it. Changes nothing. */
import { join } from 'node:path';
import { localNatsUrl } from '@wam/local-infra';
import { type Env, loadConfig, otherKeksSetting, secret } from '@wam/service-kit';
import Type from 'typebox';
import { loadLauncherConfig } from '../../config.ts';
import { enginePartitions } from '../engine-partitions.ts';
import { examineBus } from './examine-bus.ts';
import { examineDatabase } from './examine-database.ts';
import { judgeEngines } from './examine-engines.ts';
import { type Finding, hasFaults, warning } from './finding.ts';

const settings = Type.Object({
  DATABASE_URL: Type.Optional(secret({ description: 'Postgres of the installation' })),
  WAM_KEK: Type.Optional(secret({ minLength: 43, description: 'The key that everything sealed at rest is under' })),
  WAM_OTHER_KEKS: otherKeksSetting,
});

/** @throws ConfigError */
export async function examine(env: Env): Promise<Finding[]> {
  const config = loadLauncherConfig(env);
  const { DATABASE_URL, WAM_KEK, WAM_OTHER_KEKS } = loadConfig(settings, env);
  const url = config.NATS_URL ?? localNatsUrl(join(config.WAM_DATA_DIR, 'nats')) ?? 'nats://127.0.0.1:4222';
  const bus = await examineBus({ ...config, NATS_URL: url });
  const engines = hasFaults(bus) ? [] : judgeEngines(await enginePartitions({ ...env, NATS_URL: url }));
  const database =
    DATABASE_URL === undefined
      ? [warning('database', 'was not looked at', 'set DATABASE_URL (or DATABASE_URL_FILE) to that of the operator')]
      : await examineDatabase({ DATABASE_URL, WAM_KEK, WAM_OTHER_KEKS });
  return [...bus, ...engines, ...database];
}
