import { insertRows, type Kysely, sql } from '@wam/service-kit/postgres';
import type { CampaignDelta } from './messages-projection.ts';

export interface CampaignCounterTable {
  tenant: string;
  campaign_id: string;
  sent: number;
  delivered: number;
  read: number;
  failed: number;
}

const columns = {
  tenant: 'uuid',
  campaign_id: 'text',
  sent: 'int8',
  delivered: 'int8',
  read: 'int8',
  failed: 'int8',
} as const;
const addToRow = sql`on conflict (tenant, campaign_id) do update set
  sent = campaign_counter.sent + excluded.sent,
  delivered = campaign_counter.delivered + excluded.delivered,
  read = campaign_counter.read + excluded.read,
  failed = campaign_counter.failed + excluded.failed`;

/** Adds the changes; each campaign at most once per call. */
export async function addToCampaigns<DB>(db: Kysely<DB>, deltas: readonly CampaignDelta[]): Promise<void> {
  const rows = deltas.map(({ campaignId, ...delta }) => ({ ...delta, campaign_id: campaignId }));
  await insertRows(db, { table: 'campaign_counter', columns, rows, onConflict: addToRow });
}

/** What the counters must be, from the rows of the messages in `view`: for a table that is new. */
export const recountCampaigns = (view: string) => sql`
  select tenant, campaign_id, count(*) filter (where status in ('sent', 'delivered', 'read')) as sent,
    count(*) filter (where status in ('delivered', 'read')) as delivered, count(*) filter (where status = 'read') as read,
    count(*) filter (where status = 'failed') as failed
  from ${sql.table(view)} where campaign_id is not null group by 1, 2`;
