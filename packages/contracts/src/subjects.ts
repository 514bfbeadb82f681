/**
 * NATS streams and subjects as functions. Nobody writes a subject by hand.
 * One subject per session, campaign or account; never one per message (350 B of server memory each).
 */

/** Fixed with the first start of an installation, and then a fact that everybody reads from the bus: another one re-routes every session. */
export const defaultPartitionCount = 64;

export const streams = {
  commands: { name: 'CMD', subjects: ['cmd.>'] },
  events: { name: 'EVT', subjects: ['evt.>'] },
  deadLetters: { name: 'DLQ', subjects: ['dlq.>'] },
} as const;

export type Network = 'sandbox' | 'whatsapp';
export type EventDomain = 'account' | 'session' | 'message' | 'campaign' | 'webhook';
export type ServiceName = 'auth' | 'engine' | 'dispatcher' | 'analytics' | 'webhooks' | 'sandbox' | 'launcher';

/** Name of a dedicated pool, as an operator gives it to accounts. */
export const dedicatedPoolPattern = '^[a-z0-9][a-z0-9-]{0,39}$';
/** Pool an engine process serves: the network, or network and name of a dedicated one. A single subject token. */
export const poolOf = (network: Network, dedicated?: string | null): string =>
  dedicated ? `${network}-${dedicated}` : network;
/** The network that the sessions of a pool are on. */
export const networkOfPool = (pool: string): Network | undefined =>
  (['sandbox', 'whatsapp'] as const).find((network) => pool === network || pool.startsWith(`${network}-`));

/** FNV-1a over the session id: stable across releases, since it decides which partition owns a session. */
export function partitionOf(sessionId: string, partitionCount: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < sessionId.length; i++) {
    hash ^= sessionId.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % partitionCount;
}

export interface SessionAddress {
  pool: string;
  partition: number;
  tenant: string;
  sessionId: string;
}
/** Where a session is found in an installation of so many partitions. */
export const sessionAddress = (
  { pool, tenant, sessionId }: Omit<SessionAddress, 'partition'>,
  partitionCount: number,
): SessionAddress => ({ pool, partition: partitionOf(sessionId, partitionCount), tenant, sessionId });
const tail = (a: SessionAddress): string => `${a.pool}.${a.partition}.${a.tenant}.${a.sessionId}`;

export const subjects = {
  command: (a: SessionAddress): string => `cmd.${tail(a)}`,
  commandsOfPool: (pool: string): string => `cmd.${pool}.>`,
  commandsOfTenant: (tenant: string): string => `cmd.*.*.${tenant}.*`,
  commandsOfPartition: (pool: string, partition: number): string => `cmd.${pool}.${partition}.>`,
  deadLetter: (a: SessionAddress): string => `dlq.${tail(a)}`,
  deadLettersOfTenant: (tenant: string): string => `dlq.*.*.${tenant}.*`,
  event: (domain: EventDomain, tenant: string, aggregateId: string): string => `evt.${domain}.${tenant}.${aggregateId}`,
  allEvents: 'evt.>',
  eventsOfDomain: (domain: EventDomain): string => `evt.${domain}.>`,
  eventsOfTenant: (tenant: string): string => `evt.*.${tenant}.>`,
  /** Core-NATS copy of a stored event, with Nats-Sequence and Nats-Last-Sequence headers. */
  live: (eventSubject: string): string => `rt.${eventSubject}`,
  /** Request/reply to any instance of a service. */
  request: (service: ServiceName, operation: string): string => `req.${service}.${operation}`,
  /** Request/reply to the one process that takes up an upload. */
  upload: (service: ServiceName, uploadId: string): string => `upl.${service}.${uploadId}`,
  /** Request/reply to the engine process that owns the partition of a session. */
  ownerRequest: (pool: string, partition: number): string => `own.${pool}.${partition}`,
  /** Requests of Socket.IO's polling that reached another gateway than the one they belong to. */
  gatewayPoll: (node: string): string => `gw.${node}.poll`,
  ownerRequestsOfPool: (pool: string): string => `own.${pool}.*`,
  /** Only there to be allowed: the rights of all users of a release, by their hash. */
  rights: (hash: string): string => `rights.${hash}`,
} as const;

/** `cmd.<pool>.<partition>.<tenant>.<session>` (also dlq) taken apart; undefined when it is not of that form. */
export function parseSessionSubject(subject: string): SessionAddress | undefined {
  const [, pool, partition, tenant, sessionId, ...rest] = subject.split('.');
  if (!pool || !tenant || !sessionId || rest.length > 0) return undefined;
  return { pool, partition: Number(partition), tenant, sessionId };
}
