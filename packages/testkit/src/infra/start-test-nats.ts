import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort, locateNatsServer, startLocalNats } from '@wam/local-infra';
import { readTestInfraConfig } from './config.ts';
import { dockerEngineAnswers, startNatsContainer } from './containers.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A nats-server with JetStream that belongs to one suite. */
export type TestNats = AsyncDisposable & {
  /** Stays the same over restarts, so that clients reconnect by themselves. */
  readonly url: string;
  /** Stops the server gently (when it still runs) and starts it again on the same port and store. */
  readonly restart: () => Promise<void>;
  /** Ends it with SIGKILL, as a power cut would; `restart()` brings it back with its store. */
  readonly kill: () => Promise<void>;
  /** Lets it read its configuration again (SIGHUP), with what that includes; only of a local process. Clients stay. */
  readonly reload: () => void;
  /** What it has written to its log; only of a local process. */
  readonly log: () => string;
  /** Stops the server and deletes its store. */
  readonly stop: () => Promise<void>;
};

type Server = { readonly pid?: number; readonly stop: () => Promise<void>; readonly kill: () => Promise<void> };

/**
 * Starts a nats-server of its own for the calling suite (ready in about 30 ms), on a store in a temporary folder.
 *
 * @param options.configuration more lines of its configuration, such as users; the server is then always a local process
 * @throws when there is no nats-server: the bootstrap puts one in place.
 */
export async function startTestNats({ configuration }: { configuration?: string } = {}): Promise<TestNats> {
  const config = readTestInfraConfig();
  const folder = await temporaryDirectory('wam-nats-');
  const port = await findFreePort();
  const start =
    configuration === undefined && config.kind === 'containers' && (await dockerEngineAnswers())
      ? () => startInContainer(port, join(folder.path, 'store'))
      : () => startLocally(config.dataDir, port, folder.path, configuration);

  let server: Server | undefined = await start();
  const stop = async (): Promise<void> => {
    await server?.stop();
    server = undefined;
    await folder.remove();
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    restart: async () => {
      await server?.stop();
      server = await start();
    },
    kill: async () => {
      await server?.kill();
      server = undefined;
    },
    reload: () => {
      if (server?.pid === undefined) throw new Error('no process to be told');
      process.kill(server.pid, 'SIGHUP');
    },
    log: () => readFileSync(logFileIn(folder.path), 'utf8'),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const logFileIn = (folder: string): string => join(folder, 'nats-server.log');

async function startLocally(dataDir: string, port: number, folder: string, configuration = ''): Promise<Server> {
  const binary = locateNatsServer(dataDir);
  if (binary === undefined) throw new Error('no nats-server: run "node scripts/bootstrap.mjs"');
  return startLocalNats({
    binary: binary.path,
    port,
    dataDir: join(folder, 'store'),
    logFile: logFileIn(folder),
    configuration,
  });
}

/** A container is taken away at once, whether it is stopped or killed. */
async function startInContainer(port: number, store: string): Promise<Server> {
  const { stop } = await startNatsContainer(port, store);
  return { stop, kill: stop };
}
