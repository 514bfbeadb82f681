/** Tables of the engine, in its own schema `engine`. */
import type { ColumnType, Generated, Kysely } from '@wam/service-kit/postgres';

type Instant = ColumnType<Date, Date, Date>;

/** Who may serve a partition: the process whose claim in the lease bucket is the latest. */
interface PartitionFenceTable {
  pool: string;
  partition: number;
  epoch: number;
  member: string;
  bucket_created_at: Instant;
  /** Of the claim, in that bucket. */
  revision: number;
  claimed_at: Instant;
}
/** One row: what was fixed when the installation first started. */
interface InstallationTable {
  partition_count: number;
}
/** The engine's own record of a session. The events are the history; `status` repeats their last word for a quick start, `state` for when they have left the log. */
interface WaSessionTable {
  id: string;
  tenant: string;
  pool: string;
  partition: number;
  network: string;
  name: string;
  status: string;
  /** Its state as of the last event; null before the first. Read when its first events have left the log. */
  state: ColumnType<unknown, never, string>;
  /** Sealed Baileys credentials; null until the first connection, and after logout. */
  creds: Buffer | null;
  /** Epoch of its partition. Every write about the session must carry it. */
  owner_epoch: Generated<number>;
  deleted_at: Instant | null;
}
interface SignalKeyTable {
  session_id: string;
  type: string;
  id: string;
  sealed: Buffer;
}
/** Every accepted message until some days after its end: the queue of what waits, and the memory against repeats. */
interface OutboundTable {
  message_id: string;
  position: Generated<number>;
  tenant: string;
  session_id: string;
  pool: string;
  partition: number;
  wa_message_id: string;
  state: 'waiting' | 'sent' | 'failed';
  /** Sealed {to, text}. */
  sealed: Buffer;
  accepted_at: Instant;
  not_after: Instant | null;
  correlation_id: string;
  campaign_id: string | null;
  /** `YYYY-MM-DD` */
  counted_on: string | null;
  failure_code: string | null;
  failure_details: unknown;
}

/** Events of received messages that are not in the log yet: stored in the commit of the keys that decrypted them. */
interface EventOutboxTable {
  session_id: string;
  event_id: string;
  position: Generated<number>;
  /** JSON of the whole event; its private part is sealed as in the log. */
  event: string;
}

export interface EngineTables {
  partition_fence: PartitionFenceTable;
  installation: InstallationTable;
  wa_session: WaSessionTable;
  signal_key: SignalKeyTable;
  outbound: OutboundTable;
  event_outbox: EventOutboxTable;
}
export type EngineDatabase = Kysely<EngineTables>;
export const engineSchema = 'engine';
