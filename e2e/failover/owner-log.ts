/** When partitions changed hands, as the lease bucket tells it. */
import { leaseBucket, type PartitionEntry, parseLeaseKey } from '@wam/contracts';
import { type NatsConnection, openBucket } from '@wam/service-kit/nats';

export interface OwnerChange {
  partition: number;
  /** Null when it was released. */
  owner: string | null;
  atMs: number;
}

export async function watchOwners(nc: NatsConnection) {
  const changes: OwnerChange[] = [];
  const bucket = await openBucket(nc, leaseBucket);
  const watch = await bucket.watch({ key: '*.p.*' });
  void (async () => {
    for await (const entry of watch) {
      const key = parseLeaseKey(entry.key);
      if (key?.kind !== 'partition' || entry.operation !== 'PUT') continue;
      changes.push({ partition: key.partition, owner: entry.json<PartitionEntry>().owner, atMs: Date.now() });
    }
  })();
  return {
    stop: () => watch.stop(),
    /** The first change of a partition since then to an owner, or to none. */
    find: (partition: number, sinceMs: number, isOwned: boolean): OwnerChange | undefined =>
      changes.find(
        (change) => change.partition === partition && change.atMs >= sinceMs && (change.owner !== null) === isOwned,
      ),
  };
}
