import type { CampaignPace, CampaignSchedule, CampaignStatus, Network, SessionStatus } from '@wam/contracts';
import type { CheckpointTable } from '@wam/event-store';
import type { ColumnType, Generated } from 'kysely';

/** Read and written as Date. */
type Instant = ColumnType<Date, Date, Date>;
type InstantOrNull = ColumnType<Date | null, Date | null | undefined, Date | null>;
/** `-infinity` until first set, which pg reads as the number. */
type InstantEver = ColumnType<Date | number, Date | undefined, Date>;
type JsonOrNull<T> = ColumnType<T | null, string | null | undefined, string | null>;

/** Rows are locked in the order lane, recipients, sender, campaign: nobody waits in a circle. */
export interface CampaignTable {
  campaign_id: string;
  tenant: string;
  kind: 'bulk-send' | 'campaign';
  name: string;
  /** Request id at the root; goes into every command and event of the campaign. */
  correlation_id: string;
  /** Sealed with purpose `campaign-message` and the campaign's id. */
  message: Buffer;
  /** Mean time between two messages of one session. */
  delay_ms: number;
  /** Null for a bulk send, which has its delay. */
  pace: JsonOrNull<Required<CampaignPace>>;
  schedule: JsonOrNull<CampaignSchedule>;
  max_failure_percent: number;
  /** Recipients; of a bulk send contacts, each row counting. */
  total: number;
  /** Positions from here on belong to an upload that is not finished, or never will be. */
  rows: number;
  bad: Generated<number>;
  duplicates: Generated<number>;
  opted_out_rows: Generated<number>;
  status: ColumnType<CampaignStatus, CampaignStatus, CampaignStatus>;
  reason_code: string | null;
  reason_text: string | null;
  /** Of its last event. */
  version: number;
  created_at: Instant;
  started_at: InstantOrNull;
  paused_at: InstantOrNull;
  completed_at: InstantOrNull;
  /** Nothing is sent after it, and what is pending has failed. */
  not_after: Instant;
  /** See failure-window.ts. */
  recent_outcomes: Generated<string>;
  progressed_at: InstantOrNull;
  upload_id: string | null;
  /** Of the database's clock. */
  upload_seen_at: InstantOrNull;
}

/** One session of a campaign. Counts are of contacts: a number that stands in a bulk send twice counts twice. */
export interface CampaignSenderTable {
  campaign_id: string;
  session_id: string;
  tenant: string;
  ordinal: number;
  /** No pending recipient stands before this position. */
  cursor: Generated<number>;
  /** Messages taken for sending so far, retries included; the seed of irregular pauses. */
  taken: Generated<number>;
  /** Reserved or queued. */
  queued: Generated<number>;
  sent: Generated<number>;
  failed: Generated<number>;
  opted_out: Generated<number>;
  full_at: InstantEver;
  served_at: InstantEver;
  /** Null: there is nothing to do. */
  next_at: InstantOrNull;
}

/** A session as a sender of campaigns: one row for each that was ever heard of. */
export interface SessionLaneTable {
  session_id: string;
  tenant: string;
  network: Network;
  pool: string;
  status: SessionStatus;
  /** First connection; null before it. */
  connected_since: InstantOrNull;
  /** WhatsApp lets it start no new chats. */
  restricted: Generated<boolean>;
  /** Until when, as WhatsApp said; of restrictions that began before it was kept, null. */
  restricted_until: InstantOrNull;
  /** Turns the account has for one turn of another. */
  weight: Generated<number>;
  /** Messages of campaigns that the engine was given and has not ended. */
  outstanding: Generated<number>;
  full_at: InstantEver;
  warm_day: Generated<number>;
  warm_count: Generated<number>;
  /** Messages reserved of the account's daily quota and not used yet; void from `credit_until` on. */
  credit: Generated<number>;
  /** Of which date of the account, and how many were granted of it so far, used ones included. */
  credit_day: string | null;
  credit_held: Generated<number>;
  /** Of the last question to auth. */
  credit_revision: Generated<number>;
  /** What was given back here, auth may not have heard of yet. */
  credit_owed: Generated<boolean>;
  credit_until: InstantOrNull;
  /** Null: no campaign wants it, or it cannot send. */
  next_at: InstantOrNull;
}

/**
 * reserved: its message has an id, a session and a place in the pace, and is about to be on the bus; queued: the bus has it.
 */
export type StoredRecipientState = 'pending' | 'reserved' | 'queued' | 'sent' | 'failed' | 'opted-out';

export interface CampaignRecipientTable {
  campaign_id: string;
  position: number;
  tenant: string;
  message_id: string | null;
  /** First row with the same number, in a bulk send; only that one is sent and changes. */
  duplicate_of: number | null;
  /** Rows with this number, itself included. */
  copies: Generated<number>;
  /** Sealed with purpose `campaign-contact` and `<campaign id>/<position>`. */
  contact: Buffer;
  /** Print of the number, see contact-sealer.ts. */
  contact_hash: Buffer | null;
  /** Sealed JSON of the placeholders' values, with purpose `campaign-values`. */
  values: Buffer | null;
  /** Its number is gone: an empty one is sealed in its place, and it has no print. Nothing is sent to it any more. */
  erased: Generated<boolean>;
  session_id: string | null;
  /** Day whose quota its message was taken from; of what was reserved by earlier releases, null. */
  counted_on: string | null;
  /** How often it was retried. */
  attempt: Generated<number>;
  state: ColumnType<StoredRecipientState, never, StoredRecipientState>;
  error_code: ColumnType<string | null, never, string | null>;
  /** Of the database's clock, which all dispatchers share. */
  reserved_at: InstantOrNull;
  updated_at: Instant;
}

/** The campaign's history, and the outbox of its events. */
export interface CampaignEventTable {
  campaign_id: string;
  version: number;
  tenant: string;
  type: string;
  data: ColumnType<Record<string, unknown>, string, never>;
  at: Instant;
  correlation_id: string;
  published: Generated<boolean>;
}

/** Rows that are no recipients; the first 10,000 of a campaign. */
export interface CampaignProblemTable {
  campaign_id: string;
  ordinal: number;
  row_number: number;
  tenant: string;
  kind: 'bad' | 'duplicate' | 'opted-out';
  reason: string;
  /** Sealed with purpose `campaign-problem` and `<campaign id>/<ordinal>`. */
  value: Buffer;
}

/** Who opted out, per account. */
export interface SuppressionTable {
  tenant: string;
  /** Print of the number, see contact-sealer.ts. */
  contact_hash: Buffer;
  /** Sealed with purpose `suppression` and the hash in hex. */
  number: Buffer;
  /** reply: it wrote a stop word; list: somebody added it. */
  source: 'reply' | 'list';
  created_at: Instant;
}
export interface OptOutWordsTable {
  tenant: string;
  words: string[];
}

export interface DispatcherTables extends CheckpointTable {
  campaign: CampaignTable;
  campaign_sender: CampaignSenderTable;
  session_lane: SessionLaneTable;
  campaign_recipient: CampaignRecipientTable;
  campaign_event: CampaignEventTable;
  campaign_problem: CampaignProblemTable;
  suppression: SuppressionTable;
  opt_out_words: OptOutWordsTable;
}

/** Postgres schema of this service; no other service reads it. */
export const schemaName = 'dispatcher';
