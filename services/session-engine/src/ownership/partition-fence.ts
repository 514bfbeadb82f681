/**
 * The fence: which epoch of a partition may write. A claim in the lease bucket counts once it is written here, and from then on every
 * write of an earlier owner is refused, whatever that owner believes about its lease.
 */
import type { SessionStatus } from '@wam/contracts';
import { inTransaction, sql, unnestRows } from '@wam/service-kit/postgres';
import { createBatcher } from '../batching/create-batcher.ts';
import type { EngineDatabase } from '../database/tables.ts';

export interface FenceOwner {
  pool: string;
  member: string;
  /** When the lease bucket was made: revisions of another bucket cannot be compared with this one's. */
  bucketCreatedAt: Date;
}
export interface LeaseClaim {
  partition: number;
  revision: number;
}
/** What a first login of a new owner begins with, read under the locks of the claim. */
export interface LoginStart {
  /** Sealed. */
  creds: Buffer | undefined;
  /** The owner before received messages that it did not publish. */
  hasUnpublished: boolean;
}
export interface RegisteredSession extends LoginStart {
  sessionId: string;
  tenant: string;
  /** Last known status. */
  status: SessionStatus;
}
export interface FencedPartition {
  /** One above that of the owner before. */
  epoch: number;
  sessions: RegisteredSession[];
}
/** Undefined when a later claim is known: the partition is somebody else's. */
export type PartitionFence = (claim: LeaseClaim) => Promise<FencedPartition | undefined>;

/** A session deleted so long ago has nobody left who would write to it. */
const deletedWithin = '1 hour';
const claimColumns = { partition: 'int4', revision: 'int8' } as const;
const epochColumns = { partition: 'int4', epoch: 'int8' } as const;

/** Whoever takes over from another engine claims many partitions within milliseconds: those that wait together are one transaction. */
export function createPartitionFence(db: EngineDatabase, owner: FenceOwner): PartitionFence {
  interface Waiting {
    claim: LeaseClaim;
    outcome: PromiseWithResolvers<FencedPartition | undefined>;
  }
  const batcher = createBatcher<Waiting>({
    maxSize: 1_000,
    lingerMs: 0,
    onError: () => undefined,
    async write(batch) {
      try {
        const fenced = await fencePartitions(
          db,
          owner,
          batch.map(({ claim }) => claim),
        );
        for (const { claim, outcome } of batch) outcome.resolve(fenced.get(claim.partition));
      } catch (error) {
        for (const { outcome } of batch) outcome.reject(error);
      }
    },
  });
  return (claim) => {
    const outcome = Promise.withResolvers<FencedPartition | undefined>();
    batcher.add({ claim, outcome });
    return outcome.promise;
  };
}

function fencePartitions(
  db: EngineDatabase,
  { pool, member, bucketCreatedAt }: FenceOwner,
  claims: readonly LeaseClaim[],
): Promise<ReadonlyMap<number, FencedPartition>> {
  return inTransaction(
    db,
    async (trx) => {
      const { rows: raised } = await sql<{ partition: number; epoch: number }>`
        insert into partition_fence as f (pool, partition, epoch, member, bucket_created_at, revision, claimed_at)
        select ${pool}, partition, 1, ${member}, ${bucketCreatedAt}::timestamptz, revision, now()
        from ${unnestRows(claimColumns, claims, 'claim')} order by partition
        on conflict (pool, partition) do update set epoch = f.epoch + 1, member = excluded.member,
          bucket_created_at = excluded.bucket_created_at, revision = excluded.revision, claimed_at = excluded.claimed_at
        where (f.bucket_created_at, f.revision) < (excluded.bucket_created_at, excluded.revision)
        returning partition, epoch`.execute(trx);
      const fenced = new Map<number, FencedPartition>(
        raised.map(({ partition, epoch }) => [partition, { epoch, sessions: [] }]),
      );
      if (raised.length === 0) return fenced;
      const ofPartitions = sql`s.pool = ${pool} and s.partition = any(${[...fenced.keys()]}::int4[])
        and (s.deleted_at is null or s.deleted_at > now() - ${deletedWithin}::interval)`;
      // Locked in the order in which Signal writes lock, which this waits for: they were begun by the owner before.
      await sql`select 1 from wa_session s where ${ofPartitions} order by s.id for update`.execute(trx);
      const { rows } = await sql<{
        id: string;
        tenant: string;
        partition: number;
        status: SessionStatus;
        creds: Buffer | null;
        deleted_at: Date | null;
        has_unpublished: boolean;
      }>`update wa_session s set owner_epoch = raised.epoch
        from ${unnestRows(epochColumns, raised, 'raised')} where ${ofPartitions} and s.partition = raised.partition
        returning s.id, s.tenant, s.partition, s.status, s.creds, s.deleted_at,
          exists (select 1 from event_outbox o where o.session_id = s.id) as has_unpublished`.execute(trx);
      for (const row of rows) {
        if (row.deleted_at !== null) continue;
        const { id: sessionId, tenant, status, creds, has_unpublished: hasUnpublished } = row;
        fenced
          .get(row.partition)
          ?.sessions.push({ sessionId, tenant, status, creds: creds ?? undefined, hasUnpublished });
      }
      return fenced;
    },
    { attempts: 3 },
  );
}
