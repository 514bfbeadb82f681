import { join } from 'node:path';
import { findFreePort, type LocalNats, locateClusterNatsServer, startLocalNats } from '@wam/local-infra';
import { readTestInfraConfig } from './config.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Three nats-servers on loopback that are one JetStream: streams may have three copies. */
export type TestNatsCluster = AsyncDisposable & {
  /** Of all servers, separated by commas. */
  readonly url: string;
  /** Names of the servers, as their cluster tells them. */
  readonly names: readonly string[];
  /** SIGKILL, as a power cut would end it. Its store stays. */
  readonly kill: (name: string) => Promise<void>;
  /** Starts one that was killed, on its port and store. */
  readonly revive: (name: string) => Promise<void>;
  /** Whether it has its copies of streams and consumers; before that no other server may be stopped. What the probe of Kubernetes asks. */
  readonly isHealthy: (name: string) => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

const size = 3;

/** Whoever makes streams has to wait for the first leader: the servers answer before they have one. */
export async function startTestNatsCluster(): Promise<TestNatsCluster> {
  const binary = locateClusterNatsServer(readTestInfraConfig().dataDir);
  if (binary === undefined)
    throw new Error('no nats-server of 2.10 or newer: run "node scripts/bootstrap.mjs --local-servers"');
  const folder = await temporaryDirectory('wam-nats-cluster-');
  const routes: string[] = [];
  const places = new Map<string, Record<'port' | 'routePort' | 'monitorPort', number>>();
  for (let index = 1; index <= size; index++) {
    const place = {
      port: await findFreePort(),
      routePort: await findFreePort(),
      monitorPort: await findFreePort(),
    };
    places.set(`n${index}`, place);
    routes.push(`"nats://127.0.0.1:${place.routePort}"`);
  }
  const running = new Map<string, LocalNats>();
  const start = async (name: string): Promise<void> => {
    const { port, routePort, monitorPort } = places.get(name)!;
    const server = await startLocalNats({
      binary,
      port,
      dataDir: join(folder.path, name),
      logFile: join(folder.path, `${name}.log`),
      configuration: [
        `server_name: ${name}`,
        `http: "127.0.0.1:${monitorPort}"`,
        `cluster { name: test, listen: "127.0.0.1:${routePort}", no_advertise: true, routes: [${routes.join(', ')}] }`,
        '',
      ].join('\n'),
    });
    running.set(name, server);
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...running.values()].map((server) => server.stop()));
    running.clear();
    await folder.remove();
  };
  await Promise.all([...places.keys()].map(start)).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    url: [...places.values()].map(({ port }) => `nats://127.0.0.1:${port}`).join(','),
    names: [...places.keys()],
    async kill(name) {
      await running.get(name)?.kill();
      running.delete(name);
    },
    revive: start,
    isHealthy: (name) =>
      fetch(`http://127.0.0.1:${places.get(name)!.monitorPort}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
