import type { CheckpointTable } from '@wam/event-store';
import type { CampaignCounterTable } from './campaign/messages-table.ts';
import type { CampaignViewTable } from './campaign/table.ts';
import type { MessageCounterTable, MessageRollupTable, SessionCounterTable } from './counters/table.ts';
import type { EventLogTable } from './event-archive/table.ts';
import type { MessageLatencyTable } from './latency/table.ts';
import type { MessageViewTable } from './message/table.ts';
import type { RebuildTable } from './rebuilding/rebuild-job.ts';
import type { RetentionTable } from './retention/retention-table.ts';
import type { SessionViewTable } from './session/table.ts';
import type { SessionConnectionTable } from './uptime/table.ts';

/** Postgres schema of this service; no other service reads it. */
export const schemaName = 'analytics';

export interface AnalyticsTables extends CheckpointTable {
  event_log: EventLogTable;
  message_view: MessageViewTable;
  message_counter: MessageCounterTable;
  message_rollup: MessageRollupTable;
  session_counter: SessionCounterTable;
  message_latency: MessageLatencyTable;
  session_view: SessionViewTable;
  session_connection: SessionConnectionTable;
  campaign_view: CampaignViewTable;
  campaign_counter: CampaignCounterTable;
  retention: RetentionTable;
  rebuild: RebuildTable;
}
