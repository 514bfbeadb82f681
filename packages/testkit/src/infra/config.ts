import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type TestInfraConfig = {
  /** `containers`: testcontainers, where a Docker engine answers. `local`: server processes of our own. */
  readonly kind: 'local' | 'containers';
  /** An already running server for every suite, in place of one of our own. */
  readonly natsUrl: string | undefined;
  /** Where the bootstrap keeps the programs it fetched. */
  readonly dataDir: string;
};

const checkout = fileURLToPath(new URL('../../../..', import.meta.url));

/** Reads `TEST_INFRA`, `NATS_URL` and `WAM_DATA_DIR`. */
export function readTestInfraConfig(env: NodeJS.ProcessEnv = process.env): TestInfraConfig {
  return {
    kind: env.TEST_INFRA === 'containers' ? 'containers' : 'local',
    natsUrl: env.NATS_URL,
    dataDir: env.WAM_DATA_DIR ?? join(checkout, '.wam'),
  };
}
