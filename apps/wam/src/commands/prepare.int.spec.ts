import { locateClusterNatsServer, locateNatsServer } from '@wam/local-infra';
import { ConfigError } from '@wam/service-kit';
import { startTestNats } from '@wam/testkit';
import { expect, it } from 'vitest';
import { prepare } from './prepare.ts';

const dataDir = process.env.WAM_DATA_DIR ?? '.wam';
const isFitForCluster = locateNatsServer(dataDir)?.path === locateClusterNatsServer(dataDir);

it.skipIf(isFitForCluster)('more than one copy is refused where copies of consumers do not catch up', async () => {
  await using nats = await startTestNats();
  const refused = prepare({ NATS_URL: nats.url, NATS_REPLICAS: '3' });
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow('2.10.0 or newer for more than one copy');
  await prepare({ NATS_URL: nats.url, NATS_REPLICAS: '1' });
});
