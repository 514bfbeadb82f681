import { isRejection } from '@wam/contracts';
import { sessionIdsOf } from '../senders/session-ids-of.ts';
import { type Campaign, type DispatcherTransaction, decideOn, lockCampaign } from '../storage/campaign-row.ts';

/** A scheduled campaign whose sender is due has reached its time. */
export async function startIfScheduled(tx: DispatcherTransaction, found: Campaign, now: Date): Promise<Campaign> {
  if (found.status !== 'scheduled') return found;
  const campaign = await lockCampaign(tx, found.tenant, found.campaign_id);
  if (campaign === undefined) return found;
  const started = await decideOn(
    tx,
    campaign,
    {
      type: 'Start',
      campaignId: campaign.campaign_id,
      startAt: campaign.schedule?.startAt,
      begins: true,
      sessionIds: await sessionIdsOf(tx, campaign.campaign_id),
      delayMs: campaign.delay_ms,
    },
    now,
  );
  return isRejection(started) ? campaign : started;
}
