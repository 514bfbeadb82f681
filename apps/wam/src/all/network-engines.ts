/**
 * One session engine per network, each in a process of its own, since the client library trusts one network per
 * process. An engine starts when its network is first needed: a session of it exists, or somebody commands one.
 */
import { type Network, poolOf, streams, subjects } from '@wam/contracts';
import { defineService, type Logger, type Service } from '@wam/service-kit';
import { countBySubject, type NatsConnection } from '@wam/service-kit/nats';

export interface NetworkEnginesOptions {
  nats: NatsConnection;
  logger: Logger;
  /** Needed from the start, whatever the log says. */
  always: readonly Network[];
  /** Networks that sessions of earlier runs are on. */
  used: readonly Network[];
  createEngine: (network: Network) => Service;
  /** Told when an engine is started; remembered for the next run. */
  onStarted: (network: Network) => void;
}

const networks: readonly Network[] = ['sandbox', 'whatsapp'];

export function createNetworkEngines(options: NetworkEnginesOptions): Service {
  const { nats, logger } = options;
  const engines = new Map<Network, { service: Service; started: Promise<void> }>();
  let stopping = false;

  function ensure(network: Network): Promise<void> {
    const known = engines.get(network);
    if (known !== undefined) return known.started;
    if (stopping) return Promise.resolve();
    const service = options.createEngine(network);
    const started = service.start().then(() => options.onStarted(network));
    engines.set(network, { service, started });
    return started;
  }

  async function isWaitedFor(network: Network): Promise<boolean> {
    const waiting = await countBySubject(nats, streams.commands.name, subjects.commandsOfPool(poolOf(network)));
    return waiting.size > 0;
  }

  /** A stored command is also a core message: the first one of a network starts its engine, which then finds it. */
  function listen(network: Network): void {
    const subscription = nats.subscribe(subjects.commandsOfPool(poolOf(network)), {
      callback: () => {
        subscription.unsubscribe();
        ensure(network).catch((error: unknown) => {
          engines.delete(network);
          logger.error({ err: error, network }, 'the session engine does not start; the next command tries again');
          if (!stopping) listen(network);
        });
      },
    });
  }

  return defineService({
    name: 'session-engines',
    async start() {
      const needed = new Set([...options.always, ...options.used]);
      for (const network of networks) if (await isWaitedFor(network)) needed.add(network);
      for (const network of networks) if (!needed.has(network)) listen(network);
      await Promise.all([...needed].map(ensure));
    },
    async stop() {
      stopping = true;
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
