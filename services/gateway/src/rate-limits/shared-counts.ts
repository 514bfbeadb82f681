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
/** A Redis that is always too slow is told of again and again, and not once a second. */
const tellEveryMs = 60_000;

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
  let toldAtMs = Number.NEGATIVE_INFINITY;
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
      const nowMs = clock.monotonicMs();
      // What is counted here meanwhile says nothing new of Redis: a pause that it made longer would never end under traffic.
      if (nowMs < pausedUntilMs) return;
      pausedUntilMs = nowMs + pauseMs;
      // Not connected is told by its events.
      if (client.status !== 'ready' || nowMs < toldAtMs + tellEveryMs) return;
      toldAtMs = nowMs;
      logger.warn(
        { timeoutMs: commandTimeoutMs },
        'Redis did not answer in REDIS_TIMEOUT: rate limits are counted per gateway',
      );
    },
    close: () => client.disconnect(),
  };
}
