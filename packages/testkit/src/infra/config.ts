import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type TestInfraConfig = {
  /** `containers`: testcontainers, where a Docker engine answers. `local`: server processes of our own. */
  readonly kind: 'local' | 'containers';
  /** Where the bootstrap keeps the programs it fetched. */
  readonly dataDir: string;
};

const checkout = fileURLToPath(new URL('../../../..', import.meta.url));

/** Reads `TEST_INFRA` and `WAM_DATA_DIR`. */
export function readTestInfraConfig(env: NodeJS.ProcessEnv = process.env): TestInfraConfig {
  return {
    kind: env.TEST_INFRA === 'containers' ? 'containers' : 'local',
    dataDir: env.WAM_DATA_DIR ?? join(checkout, '.wam'),
  };
}
