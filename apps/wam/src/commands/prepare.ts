/** `wam prepare`: what has to be there before the first service of an installation starts. Safe to repeat. */
import { leaseBucket, partitionCountSetting } from '@wam/contracts';
import { busSettings, type Env, loadConfig } from '@wam/service-kit';
import { connectBus, ensureStreams, openBucket } from '@wam/service-kit/nats';
import Type from 'typebox';

export const prepareSettings = Type.Object({
  ...busSettings,
  NATS_REPLICAS: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 5,
    description: 'Copies of each stream; 3 on a cluster of three servers',
  }),
  PARTITION_COUNT: partitionCountSetting,
});

/**
 * Creates the streams and the lease bucket. Its own step, since services on a shared bus may not do so: each has the rights it needs, and
 * only this one may change streams. Schemas of the database are each service's own and made when it starts.
 */
export async function prepare(env: Env): Promise<void> {
  const config = loadConfig(prepareSettings, env);
  const nats = await connectBus(config, 'prepare');
  await ensureStreams(nats, {
    replicas: config.NATS_REPLICAS,
    ...(config.PARTITION_COUNT === undefined ? {} : { partitionCount: config.PARTITION_COUNT }),
  });
  await openBucket(nats, leaseBucket, { replicas: config.NATS_REPLICAS });
  await nats.close();
}
