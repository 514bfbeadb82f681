import type { Logger } from './telemetry/logger.ts';

/** Something that runs until stopped. `stop` may be called at any time, more than once, and waits for work in flight. */
export interface Service extends AsyncDisposable {
  readonly name: string;
  start(): Promise<void>;
  /** A stop will follow soon: take what comes, and make callers go elsewhere. */
  drain?(): void;
  stop(): Promise<void>;
  health(): { ready: boolean; detail?: string };
}

/** Fills in the parts every service has alike: `stop` once, dispose = stop. */
export function defineService(service: Omit<Service, typeof Symbol.asyncDispose>): Service {
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= service.stop();
    return stopping;
  };
  return {
    name: service.name,
    start: () => service.start(),
    ...(service.drain === undefined ? {} : { drain: () => service.drain?.() }),
    stop,
    health: () => service.health(),
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * A service whose parts are made when it starts, since making them connects. What they need is closed after them, last opened first.
 * @param compose defers to its argument whatever is to be closed
 */
export function composeOnStart(name: string, compose: (resources: AsyncDisposableStack) => Promise<Service>): Service {
  const resources = new AsyncDisposableStack();
  let parts: Service | undefined;
  return defineService({
    name,
    async start() {
      parts = await compose(resources);
      await parts.start();
    },
    async stop() {
      await parts?.stop();
      await resources.disposeAsync();
    },
    health: () => parts?.health() ?? { ready: false, detail: 'starting' },
  });
}

export interface ComposeOptions {
  logger: Logger;
  name?: string;
}

/**
 * One service out of many: started in order, stopped in reverse. When one fails to start, those before it are stopped and the
 * error is thrown. Every part gets its stop, also when another one's stop fails; the failures are thrown together at the end.
 */
export function composeServices(services: readonly Service[], options: ComposeOptions): Service {
  const { logger } = options;
  const started: Service[] = [];
  let state: 'new' | 'starting' | 'running' | 'stopping' = 'new';
  let starting: Promise<void> = Promise.resolve();

  async function stopStarted(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (let service = started.pop(); service !== undefined; service = started.pop()) {
      try {
        await service.stop();
        logger.debug({ part: service.name }, 'stopped');
      } catch (error) {
        logger.error({ part: service.name, err: error }, 'failed to stop');
        failures.push(error);
      }
    }
    return failures;
  }
  async function startAll(): Promise<void> {
    for (const service of services) {
      if (state === 'stopping') return;
      try {
        await service.start();
        started.push(service);
        logger.debug({ part: service.name }, 'started');
      } catch (error) {
        logger.error({ part: service.name, err: error }, 'failed to start');
        await service.stop().catch((stopError: unknown) => {
          logger.warn({ part: service.name, err: stopError }, 'failed to stop after a failed start');
        });
        await stopStarted();
        throw error;
      }
    }
    if (state === 'starting') state = 'running';
  }

  return defineService({
    name: options.name ?? services.map((service) => service.name).join('+'),
    start() {
      state = 'starting';
      starting = startAll();
      return starting;
    },
    async stop() {
      state = 'stopping';
      // A start under way ends at its next part; its own failure is reported by start().
      await starting.catch(() => undefined);
      const failures = await stopStarted();
      if (failures.length > 0) throw new AggregateError(failures, 'some parts failed to stop');
    },
    health() {
      if (state !== 'running') return { ready: false, detail: state };
      for (const service of services) {
        const health = service.health();
        if (!health.ready) return { ready: false, detail: `${service.name}: ${health.detail ?? 'not ready'}` };
      }
      return { ready: true };
    },
  });
}

export interface RunOptions {
  logger: Logger;
  /** After this long a stop is given up and the process exits with 1. Default 25 s, below Kubernetes' 30 s. */
  graceMs?: number;
  /** Called at once, before the stop: switch readiness off here. */
  onStopping?: () => void;
  /** Time between readiness off and the stop, for load balancers to notice. Default 0. */
  drainDelayMs?: number;
}

/**
 * Starts the service and returns after SIGTERM, SIGINT, or the loss of the IPC channel to a parent process (so that a child never
 * outlives its launcher) has stopped it. Exits the process only when the stop does not end in time: everything else, such as
 * flushing telemetry, still gets its turn. A second signal cuts the grace short.
 */
export async function runUntilSignal(service: Service, options: RunOptions): Promise<void> {
  const { logger, graceMs = 25_000, drainDelayMs = 0 } = options;
  const asked = Promise.withResolvers<string>();
  let signals = 0;
  const onSignal = (signal: string) => {
    signals += 1;
    if (signals > 1) {
      logger.warn({ signal }, 'second signal: leaving at once');
      process.exit(1);
    }
    asked.resolve(signal);
  };
  const onDisconnect = () => asked.resolve('parent gone');
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  if (process.connected) process.once('disconnect', onDisconnect);
  let lastResort: NodeJS.Timeout | undefined;
  try {
    const startFailed = service.start().then(
      () => new Promise<never>(() => {}),
      (error: unknown) => Promise.reject(error),
    );
    const reason = await Promise.race([asked.promise, startFailed]);
    logger.info({ reason }, 'stopping');
    options.onStopping?.();
    lastResort = setTimeout(() => {
      logger.fatal({ graceMs }, 'stop did not end in time: leaving');
      process.exit(1);
    }, graceMs + drainDelayMs);
    lastResort.unref();
    if (drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, drainDelayMs));
    await service.stop();
    logger.info('stopped');
  } finally {
    clearTimeout(lastResort);
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
    process.off('disconnect', onDisconnect);
  }
}
