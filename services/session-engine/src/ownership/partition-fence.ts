/**
 * The fence: which epoch of a partition may write. A claim in the lease bucket counts once it is written here, and from then on every
 * write of an earlier owner is refused, whatever that owner believes about its lease.
 */
import type { SessionStatus } from '@wam/contracts';
import { inTransaction, sql } from '@wam/service-kit/postgres';
import type { EngineDatabase } from '../database/tables.ts';

export interface LeaseClaim {
  pool: string;
  partition: number;
  member: string;
  /** When the lease bucket was made: revisions of another bucket cannot be compared with this one's. */
  bucketCreatedAt: Date;
  revision: number;
}
export interface RegisteredSession {
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

/** A session deleted so long ago has nobody left who would write to it. */
const deletedWithin = '1 hour';

/** @returns undefined when a later claim is known: the partition is somebody else's */
export function fencePartition(db: EngineDatabase, claim: LeaseClaim): Promise<FencedPartition | undefined> {
  const { pool, partition, member, bucketCreatedAt, revision } = claim;
  return inTransaction(
    db,
    async (trx) => {
      const { rows } = await sql<{ epoch: number }>`
        insert into partition_fence as f (pool, partition, epoch, member, bucket_created_at, revision, claimed_at)
        values (${pool}, ${partition}, 1, ${member}, ${bucketCreatedAt}, ${revision}, now())
        on conflict (pool, partition) do update set epoch = f.epoch + 1, member = excluded.member,
          bucket_created_at = excluded.bucket_created_at, revision = excluded.revision, claimed_at = excluded.claimed_at
        where (f.bucket_created_at, f.revision) < (excluded.bucket_created_at, excluded.revision)
        returning epoch`.execute(trx);
      const epoch = rows[0]?.epoch;
      if (epoch === undefined) return undefined;
      // Locked in the order in which Signal writes lock, which this waits for: they were begun by the owner before.
      const ofPartition = sql`pool = ${pool} and partition = ${partition}
        and (deleted_at is null or deleted_at > now() - ${deletedWithin}::interval)`;
      await sql`select 1 from wa_session where ${ofPartition} order by id for update`.execute(trx);
      const raised = await sql<{ id: string; tenant: string; status: SessionStatus; deleted_at: Date | null }>`
        update wa_session set owner_epoch = ${epoch} where ${ofPartition}
        returning id, tenant, status, deleted_at`.execute(trx);
      const live = raised.rows.filter((row) => row.deleted_at === null);
      return { epoch, sessions: live.map(({ id, tenant, status }) => ({ sessionId: id, tenant, status })) };
    },
    { attempts: 3 },
  );
}
