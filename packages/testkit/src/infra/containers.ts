import type { StartedTestContainer } from 'testcontainers';

export type ContainerServer = {
  readonly url: string;
  readonly stop: () => Promise<void>;
};

/** The version our production manifests ask for. */
const postgresImage = 'postgres:18-alpine';
const natsImage = 'nats:2.15-alpine';

let engineAnswers: Promise<boolean> | undefined;

/** True when a Docker engine answers. Says so in one line when none does, once per process. */
export function dockerEngineAnswers(): Promise<boolean> {
  engineAnswers ??= askEngine();
  return engineAnswers;
}

async function askEngine(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`TEST_INFRA=containers: no Docker engine answers (${reason}), using local servers\n`);
    return false;
  }
}

export async function startPostgresContainer(): Promise<ContainerServer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(postgresImage)
    .withEnvironment({ POSTGRES_USER: 'wam', POSTGRES_PASSWORD: 'wam', POSTGRES_DB: 'wam' })
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
    .withTmpFs({ '/var/lib/postgresql': 'rw' })
    .withExposedPorts(5432)
    // The image starts the server twice: once to make the database, then for good.
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .start();
  return started(container, `postgresql://wam:wam@${container.getHost()}:${container.getMappedPort(5432)}/wam`);
}

/** @param hostPort the port on this machine; needed by a restart that keeps its clients. */
export async function startNatsContainer(hostPort: number, storeVolume: string): Promise<ContainerServer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(natsImage)
    .withCommand(['--jetstream', '--store_dir', '/data'])
    .withBindMounts([{ source: storeVolume, target: '/data' }])
    .withExposedPorts({ container: 4222, host: hostPort })
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
    .start();
  return started(container, `nats://${container.getHost()}:${hostPort}`);
}

function started(container: StartedTestContainer, url: string): ContainerServer {
  return {
    url,
    stop: async () => {
      await container.stop();
    },
  };
}
