/**
 * One session engine per pool, each in a process of its own, since the client library trusts one network per process. The engine of a
 * network starts when the network is first needed: a session of it exists, or somebody commands one. Those of a dedicated pool start
 * when an operator gives the pool to an account, one for each network in use.
 */
import {
  dedicatedPoolPattern,
  internalRequests,
  type Network,
  poolOf,
  type ServePool,
  streams,
  subjects,
} from '@wam/contracts';
import { defineService, type Logger, type Service } from '@wam/service-kit';
import { answer, countBySubject, type NatsConnection, refuse, serveRequests } from '@wam/service-kit/nats';

export interface PoolEnginesOptions {
  nats: NatsConnection;
  logger: Logger;
  /** Needed from the start, whatever the log says. */
  always: readonly Network[];
  /** Pools that sessions of earlier runs are in. */
  used: readonly string[];
  createEngine: (pool: string) => Service;
  /** Told when an engine is started; remembered for the next run. */
  onStarted: (pool: string) => void;
}

const networks: readonly Network[] = ['sandbox', 'whatsapp'];
const isName = new RegExp(dedicatedPoolPattern);

export function createPoolEngines(options: PoolEnginesOptions): Service {
  const { nats, logger } = options;
  const engines = new Map<string, { service: Service; started: Promise<void> }>();
  /** Of dedicated pools. */
  const names = new Set(
    options.used.flatMap((pool) => networks.map((network) => nameIn(pool, network)).filter((name) => name !== '')),
  );
  let stopping = false;

  function ensure(pool: string): Promise<void> {
    const known = engines.get(pool);
    if (known !== undefined) return known.started;
    if (stopping) return Promise.resolve();
    const service = options.createEngine(pool);
    const started = service.start().then(() => options.onStarted(pool));
    engines.set(pool, { service, started });
    // The next one who needs it tries again.
    started.catch(() => engines.delete(pool));
    return started;
  }
  const ensureNetwork = async (network: Network): Promise<void> => {
    await Promise.all([network, ...[...names].map((name) => poolOf(network, name))].map(ensure));
  };

  async function isWaitedFor(network: Network): Promise<boolean> {
    const waiting = await countBySubject(nats, streams.commands.name, subjects.commandsOfPool(poolOf(network)));
    return waiting.size > 0;
  }

  /** A stored command is also a core message: the first one of a network starts its engine, which then finds it. */
  function listen(network: Network): void {
    const subscription = nats.subscribe(subjects.commandsOfPool(poolOf(network)), {
      callback: () => {
        subscription.unsubscribe();
        ensureNetwork(network).catch((error: unknown) => {
          logger.error({ err: error, network }, 'the session engine does not start; the next command tries again');
          if (!stopping) listen(network);
        });
      },
    });
  }
  const requests = serveRequests(nats, {
    from: { service: 'launcher' },
    handlers: {
      [internalRequests.servePool]: async ({ body }) => {
        const { name } = body as ServePool;
        if (!isName.test(name)) return refuse({ code: 'VALIDATION_FAILED', param: 'name' });
        names.add(name);
        await Promise.all(networks.filter((network) => engines.has(network)).map(ensureNetwork));
        return answer(200, {});
      },
    },
    logger,
  });

  return defineService({
    name: 'session-engines',
    async start() {
      const needed = new Set<string>([...options.always, ...options.used]);
      for (const network of networks) if (await isWaitedFor(network)) needed.add(network);
      for (const network of networks) if (!needed.has(network)) listen(network);
      await Promise.all([...needed].map(ensure));
      await requests.start();
    },
    async stop() {
      stopping = true;
      await requests.stop();
      await Promise.allSettled([...engines.values()].map(({ started }) => started));
      await Promise.all([...engines.values()].map(({ service }) => service.stop()));
    },
    health() {
      for (const { service } of engines.values()) {
        const health = service.health();
        if (!health.ready) return { ready: false, detail: `${service.name}: ${health.detail ?? 'not ready'}` };
      }
      return { ready: true };
    },
  });
}

/** The name of a dedicated pool of that network; empty for any other pool. */
const nameIn = (pool: string, network: Network): string =>
  pool.startsWith(`${network}-`) ? pool.slice(network.length + 1) : '';
