import type { NatsConnection } from '@nats-io/transport-node';

/** From here on JetStream can sync each message to disk (`sync_interval: always`), so that a power cut loses nothing that was acknowledged. */
export const oldestWithSyncInterval = '2.10.0';
/**
 * From here on the copies of a consumer catch up after their server was away. On 2.9.10 those of 22 of 64 idle ones never did: the loss of the next
 * server left them without a majority, and what was sent to them with nobody. 2.10.27: all within 2 s.
 */
export const oldestInCluster = '2.10.0';

export const serverVersion = ({ info }: NatsConnection): string => info?.version ?? 'unknown';

/** Whether the connected nats-server is older than that. */
export const isServerBefore = (nc: NatsConnection, version: string): boolean =>
  serverVersion(nc).localeCompare(version, 'en', { numeric: true }) < 0;
