import type { CheckpointTable } from '@wam/event-store';
import type { ColumnType, Generated } from 'kysely';
import type { RecipientState } from '../domain/campaign-report.ts';

/** Read and written as Date. */
type Instant = ColumnType<Date, Date, Date>;
/** Set once, later. */
type LaterInstant = ColumnType<Date | null, never, Date>;

export interface CampaignTable {
  campaign_id: string;
  tenant: string;
  session_id: string;
  pool: string;
  /** Request id of the bulk-send; goes into every command and event of the campaign. */
  correlation_id: string;
  /** Sealed with purpose `campaign-message` and the campaign's id. */
  message: Buffer;
  delay_ms: number;
  total: number;
  status: Generated<'running' | 'completed'>;
  created_at: Instant;
  not_after: Instant;
  next_send_at: Instant;
  completed_at: LaterInstant;
  /** When CampaignStarted, CampaignCompleted were stored in the log; null means that they still have to be. */
  started_published_at: LaterInstant;
  completed_published_at: LaterInstant;
}

export interface CampaignRecipientTable {
  campaign_id: string;
  position: number;
  tenant: string;
  message_id: string;
  duplicate_of: number | null;
  /** Sealed with purpose `campaign-contact` and `<campaign id>/<position>`. */
  contact: Buffer;
  state: Generated<RecipientState>;
  error_code: ColumnType<string | null, never, string | null>;
  updated_at: Instant;
}

export interface DispatcherTables extends CheckpointTable {
  campaign: CampaignTable;
  campaign_recipient: CampaignRecipientTable;
}

/** Postgres schema of this service; no other service reads it. */
export const schemaName = 'dispatcher';
