/** A service with its management port beside it: up before the service starts, so that a slow start can be told from a dead process. */
import {
  composeServices,
  createHealthRegistry,
  createManagementServer,
  type Logger,
  type RunOptions,
  type Service,
} from '@wam/service-kit';

export interface ManagedOptions {
  /** Without one there is no management port. */
  port: number | undefined;
  /** Between readiness off and the stop. */
  drainDelayMs: number;
  logger: Logger;
}

export function managed(service: Service, options: ManagedOptions): { service: Service; run: RunOptions } {
  const { port, drainDelayMs, logger } = options;
  if (port === undefined) return { service, run: { logger, drainDelayMs, onStopping: () => service.drain?.() } };
  const health = createHealthRegistry();
  health.register(service.name, () => service.health());
  return {
    service: composeServices([createManagementServer({ port, health }), service], { logger, name: service.name }),
    run: {
      logger,
      drainDelayMs,
      onStopping() {
        health.drain();
        service.drain?.();
      },
    },
  };
}
