import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

export type { KV, KvEntry } from '@nats-io/kv';

export interface BucketOptions {
  /** Revisions kept per key. Default 1. */
  history?: number;
  replicas?: number;
  /** Entries older than this vanish. Default: never. */
  ttlMs?: number;
}

/** Opens a key-value bucket, creating it when missing. A lost compare-and-set is recognised by `isWrongRevision`. */
export function openBucket(nc: NatsConnection, name: string, options: BucketOptions = {}): Promise<KV> {
  return new Kvm(nc).create(name, {
    history: options.history ?? 1,
    replicas: options.replicas ?? 1,
    ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }),
  });
}
