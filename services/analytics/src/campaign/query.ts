import type { AnswerOf, getCampaignStats } from '@wam/contracts';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import { type CampaignViewTable, fromTable } from './table.ts';

interface Messages {
  sent: number;
  delivered: number;
  read: number;
  failed: number;
}

/** Undefined when the tenant has no campaign of this id. */
export async function readCampaignStats<DB>(
  db: Kysely<DB>,
  tenant: string,
  campaignId: string,
): Promise<AnswerOf<typeof getCampaignStats, 200> | undefined> {
  const { rows } = await sql<CampaignViewTable & { messages: Messages | null }>`
    select view.*, (
      select json_build_object('sent', sent, 'delivered', delivered, 'read', read, 'failed', failed)
      from campaign_counter as counter
      where counter.tenant = view.tenant and counter.campaign_id = view.campaign_id
    ) as messages
    from campaign_view as view where tenant = ${tenant} and campaign_id = ${campaignId}`.execute(db);
  const found = rows[0];
  if (found === undefined) return undefined;
  const { name, status, reasonCode, reasonMessage, createdAt, startedAt, completedAt, updatedAt, ...row } =
    fromTable(found);
  const { total, pending, sent, failed, optedOut, cancelled } = row;
  return {
    campaignId,
    name,
    status,
    reason: reasonCode === null ? null : { code: reasonCode, message: reasonMessage ?? '' },
    recipients: { total, pending, sent, failed, optedOut, cancelled },
    messages: found.messages ?? { sent: 0, delivered: 0, read: 0, failed: 0 },
    createdAt,
    startedAt,
    completedAt,
    updatedAt,
  };
}
