import type { CampaignView } from '@wam/contracts';
import type { Kysely } from 'kysely';
import { sessionIdsOf } from '../senders/session-ids-of.ts';
import { type Campaign, readProgress, readQueued } from './campaign-row.ts';
import type { DispatcherTables } from './tables.ts';

/** A campaign as the API shows it; its cost does not depend on the number of its recipients. */
export async function viewCampaign(database: Kysely<DispatcherTables>, campaign: Campaign): Promise<CampaignView> {
  const [progress, sessionIds] = [
    await readProgress(database, campaign),
    await sessionIdsOf(database, campaign.campaign_id),
  ];
  const isCancelled = campaign.status === 'cancelled';
  const queued = isCancelled ? await readQueued(database, campaign) : 0;
  const { pace, delay_ms: delayMs } = campaign;
  return {
    campaignId: campaign.campaign_id,
    name: campaign.name,
    status: campaign.status,
    reason: campaign.reason_code === null ? null : { code: campaign.reason_code, message: campaign.reason_text ?? '' },
    sessionIds,
    total: campaign.total,
    pending: isCancelled ? queued : progress.pending,
    sent: progress.sent,
    failed: progress.failed,
    optedOut: progress.optedOut,
    cancelled: isCancelled ? progress.pending - queued : 0,
    problems: { bad: campaign.bad, duplicates: campaign.duplicates, optedOut: campaign.opted_out_rows },
    pace: pace ?? { messagesPerMinute: Math.round(60_000 / Math.max(1, delayMs)), burst: 1, jitter: 0 },
    schedule: campaign.schedule,
    maxFailurePercent: campaign.max_failure_percent,
    createdAt: campaign.created_at.toISOString(),
    startedAt: campaign.started_at?.toISOString() ?? null,
    completedAt: campaign.completed_at?.toISOString() ?? null,
    statusUrl: `/api/campaigns/${campaign.campaign_id}`,
  };
}
