import type { Clock, Logger, Secret } from '@wam/service-kit';
import { Redis } from 'ioredis';

/** Counts that all gateways share. A convenience: whatever happens to it, requests go on and each gateway counts for itself. */
export interface SharedCounts {
  readonly client: Redis;
  usable(): boolean;
  /** Something could not be counted there. */
  failed(): void;
  close(): void;
}

/** After a failure nobody waits for Redis for so long, hence at most one request in so many is slowed down by a hanging one. */
const pauseMs = 1_000;
const maxReconnectMs = 2_000;

/** @param commandTimeoutMs a healthy Redis nearby answers in well under a millisecond; a request must not notice a dying one */
export function connectSharedCounts(
  { url, commandTimeoutMs }: { url: Secret; commandTimeoutMs: number },
  clock: Clock,
  logger: Logger,
): SharedCounts {
  const client = new Redis(url.reveal(), {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, maxReconnectMs),
  });
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let away = false;
  // Without a listener the loss of the connection would end the process.
  client.on('error', (error) => {
    if (!away) logger.warn({ err: error }, 'Redis is away: rate limits are counted per gateway');
    away = true;
  });
  client.on('ready', () => {
    if (away) logger.info('Redis is back: rate limits are counted together');
    away = false;
  });
  return {
    client,
    usable: () => clock.monotonicMs() >= pausedUntilMs,
    failed() {
      pausedUntilMs = clock.monotonicMs() + pauseMs;
    },
    close: () => client.disconnect(),
  };
}
