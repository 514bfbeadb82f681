import { jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

import { isStreamNotFound } from './errors.ts';

export type { KV, KvEntry } from '@nats-io/kv';

export interface BucketOptions {
  /** Revisions kept per key. Default 1. */
  history?: number;
  replicas?: number;
  /** Entries older than this vanish. Default: never. */
  ttlMs?: number;
  /** How long a read or write waits for its answer. Default 5 s. */
  answerTimeoutMs?: number;
}

/** Opens a key-value bucket, creating it when missing. A lost compare-and-set is recognised by `isWrongRevision`. */
export function openBucket(nc: NatsConnection, name: string, options: BucketOptions = {}): Promise<KV> {
  return new Kvm(jetstream(nc, { timeout: options.answerTimeoutMs ?? 5_000 })).create(name, {
    history: options.history ?? 1,
    replicas: options.replicas ?? 1,
    ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }),
  });
}

/** When the bucket was made. Another time means another bucket, whose revisions have nothing to do with those of the one before. */
export async function bucketCreatedAt(bucket: KV): Promise<Date> {
  const { streamInfo } = await bucket.status();
  return new Date(streamInfo.created);
}

/** What a bucket holds, by key; JSON parsed. Empty when there is no such bucket. */
export async function readBucket(nc: NatsConnection, name: string): Promise<ReadonlyMap<string, unknown>> {
  const bucket = await new Kvm(nc).open(name);
  const found = new Map<string, unknown>();
  try {
    for await (const key of await bucket.keys()) {
      const entry = await bucket.get(key);
      if (entry?.operation === 'PUT') found.set(key, entry.json());
    }
  } catch (error) {
    if (!isStreamNotFound(error)) throw error;
  }
  return found;
}
