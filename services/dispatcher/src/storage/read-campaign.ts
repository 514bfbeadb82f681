import type { CampaignView } from '@wam/contracts';
import type { Kysely } from 'kysely';
import { nextSendAt } from '../campaign/next-send.ts';
import { hoursOf } from '../dispatch/facts.ts';
import { type Campaign, readProgress, readQueued } from './campaign-row.ts';
import type { DispatcherTables } from './tables.ts';

/** A campaign as the API shows it; its cost does not depend on the number of its recipients. */
export async function viewCampaign(
  database: Kysely<DispatcherTables>,
  campaign: Campaign,
  now: Date,
): Promise<CampaignView> {
  const progress = await readProgress(database, campaign);
  const queued = await readQueued(database, campaign);
  const senders = await readSenders(database, campaign.campaign_id);
  const isCancelled = campaign.status === 'cancelled';
  const { pace, delay_ms: delayMs } = campaign;
  const nextSend = nextSendAt(now, {
    status: campaign.status,
    reasonCode: campaign.reason_code,
    startAt: campaign.schedule?.startAt,
    hours: hoursOf(campaign),
    open: progress.pending - queued,
    senders,
  });
  return {
    campaignId: campaign.campaign_id,
    name: campaign.name,
    status: campaign.status,
    reason: reasonOf(campaign),
    sessionIds: senders.map(({ sessionId }) => sessionId),
    total: campaign.total,
    pending: isCancelled ? queued : progress.pending,
    sent: progress.sent,
    failed: progress.failed,
    optedOut: progress.optedOut,
    cancelled: isCancelled ? progress.pending - queued : 0,
    problems: problemsOf(campaign),
    pace: pace ?? { messagesPerMinute: Math.round(60_000 / Math.max(1, delayMs)), burst: 1, jitter: 0 },
    schedule: campaign.schedule,
    maxFailurePercent: campaign.max_failure_percent,
    nextSendAt: nextSend?.toISOString() ?? null,
    createdAt: campaign.created_at.toISOString(),
    startedAt: campaign.started_at?.toISOString() ?? null,
    completedAt: campaign.completed_at?.toISOString() ?? null,
    statusUrl: `/api/campaigns/${campaign.campaign_id}`,
  };
}

export const problemsOf = ({ bad, duplicates, opted_out_rows: optedOut }: Campaign): CampaignView['problems'] => ({
  bad,
  duplicates,
  optedOut,
});

export const reasonOf = ({ reason_code: code, reason_text: text }: Campaign): CampaignView['reason'] =>
  code === null ? null : { code, message: text ?? '' };

/** Sessions of the campaign in the order in which they were named. */
const readSenders = (database: Kysely<DispatcherTables>, campaignId: string) =>
  database
    .selectFrom('campaign_sender as sender')
    .innerJoin('session_lane as lane', 'lane.session_id', 'sender.session_id')
    .select([
      'sender.session_id as sessionId',
      'sender.next_at as dueAt',
      'lane.next_at as laneDueAt',
      'lane.status',
      'lane.restricted',
      'lane.restricted_until as restrictedUntil',
    ])
    .where('sender.campaign_id', '=', campaignId)
    .orderBy('ordinal')
    .execute();
