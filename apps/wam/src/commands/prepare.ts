/** `wam prepare`: what has to be there before the first service of an installation starts. Safe to repeat. */
import { leaseBucket, partitionCountSetting } from '@wam/contracts';
import { busSettings, ConfigError, type Env, loadConfig, secret } from '@wam/service-kit';
import {
  connectBus,
  ensureBucket,
  ensureStreams,
  hasRightsOfRelease,
  isServerBefore,
  oldestInCluster,
  serverVersion,
} from '@wam/service-kit/nats';
import Type, { type Static } from 'typebox';
import { makeRoles, parseRoleVerifiers } from './make-roles.ts';

export const prepareSettings = Type.Object({
  ...busSettings,
  NATS_REPLICAS: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 5,
      description: 'Copies of each stream; 3 on a cluster of three servers. Default: 1 of new ones, others as they are',
    }),
  ),
  PARTITION_COUNT: partitionCountSetting,
  DATABASE_URL: Type.Optional(
    secret({ description: 'Postgres as an administrator; prepare needs it together with DATABASE_ROLES only' }),
  ),
  DATABASE_ROLES: Type.Optional(
    secret({ description: 'roles.json of `wam database credentials`: roles to make on DATABASE_URL' }),
  ),
});
type PrepareConfig = Readonly<Static<typeof prepareSettings>>;

/**
 * Creates the streams and the lease bucket and, where services have roles of their own in the database, these. Its own step, since services may not do
 * so: each has the rights it needs, and only this one may change streams and knows an administrator of the database. What is in the schemas is
 * each service's own and made when it starts. It refuses a bus on which users have the rights of another release: services would start and lack something.
 */
export async function prepare(env: Env): Promise<void> {
  const config = loadConfig(prepareSettings, env);
  await prepareRoles(config);
  const nats = await connectBus(config, 'prepare');
  if ((config.NATS_REPLICAS ?? 1) > 1 && isServerBefore(nats, oldestInCluster)) {
    await nats.close();
    const problem = `is nats-server ${serverVersion(nats)}`;
    const expected = `${oldestInCluster} or newer for more than one copy: older ones leave messages with nobody when servers are lost`;
    throw new ConfigError([{ variable: 'NATS_URL', problem, expected }]);
  }
  if (!(await hasRightsOfRelease(nats))) {
    await nats.close();
    const expected =
      'authorization.conf of `wam nats credentials <folder>` of this release (docs/procedures/renew-bus-rights.md)';
    throw new ConfigError([
      { variable: 'NATS_URL', problem: 'gives its users the rights of another release', expected },
    ]);
  }
  const copies = config.NATS_REPLICAS === undefined ? {} : { replicas: config.NATS_REPLICAS };
  await ensureStreams(nats, {
    ...copies,
    ...(config.PARTITION_COUNT === undefined ? {} : { partitionCount: config.PARTITION_COUNT }),
  });
  await ensureBucket(nats, leaseBucket, copies);
  await nats.close();
}

async function prepareRoles({ DATABASE_URL: url, DATABASE_ROLES: text }: PrepareConfig): Promise<void> {
  // The URL alone may be there for other commands of the same environment.
  if (text === undefined) return;
  if (url === undefined) {
    const expected = 'an administrator of the database, for DATABASE_ROLES';
    throw new ConfigError([{ variable: 'DATABASE_URL', problem: 'is not set', expected }]);
  }
  const roles = parseRoleVerifiers(text.reveal());
  if (roles === undefined) {
    const problem = 'is not what this release needs';
    throw new ConfigError([
      { variable: 'DATABASE_ROLES', problem, expected: 'roles.json of wam database credentials' },
    ]);
  }
  await makeRoles(url.reveal(), roles);
}
