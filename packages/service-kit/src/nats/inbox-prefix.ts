import type { NatsConnection } from '@nats-io/transport-node';

/** The prefix given to `connectNats`; the client keeps it but does not declare it. */
export const inboxPrefixOf = (nc: NatsConnection): string =>
  (nc as NatsConnection & { options?: { inboxPrefix?: string } }).options?.inboxPrefix ?? '_INBOX';
