import { jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

import { isStreamNotFound } from './errors.ts';
import { setReplicas, streamOfBucket } from './streams.ts';

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

/** Without the client's question for the whole account, to which no service has a right. */
const kvmOf = (nc: NatsConnection, timeout: number): Kvm => new Kvm(jetstream(nc, { timeout, checkAPI: false }));

/** Opens a key-value bucket, creating it when missing. A lost compare-and-set is recognised by `isWrongRevision`. */
export function openBucket(nc: NatsConnection, name: string, options: BucketOptions = {}): Promise<KV> {
  return kvmOf(nc, options.answerTimeoutMs ?? 5_000).create(name, {
    history: options.history ?? 1,
    replicas: options.replicas ?? 1,
    ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }),
  });
}

/** As {@link openBucket}, for who may change it: one that is there gets as many copies as are wanted, if any number is. */
export async function ensureBucket(nc: NatsConnection, name: string, options: BucketOptions = {}): Promise<KV> {
  const bucket = await openBucket(nc, name, options);
  if (options.replicas !== undefined) await setReplicas(nc, streamOfBucket(name), options.replicas);
  return bucket;
}

/** When the bucket was made. Another time means another bucket, whose revisions have nothing to do with those of the one before. */
export async function bucketCreatedAt(bucket: KV): Promise<Date> {
  const { streamInfo } = await bucket.status();
  return new Date(streamInfo.created);
}

/** What a bucket holds, by key; JSON parsed. Empty when there is no such bucket. */
export async function readBucket(nc: NatsConnection, name: string): Promise<ReadonlyMap<string, unknown>> {
  const bucket = await kvmOf(nc, 5_000).open(name);
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
