import { isRejection } from '@wam/contracts';
import type { Progress } from '../campaign/campaign-decider.ts';
import { restSenders } from '../senders/wake-senders.ts';
import { type Campaign, type DispatcherTransaction, decideOn, readProgress, readQueued } from './campaign-row.ts';

/**
 * Completes a campaign that waits for nothing any more; of a paused or cancelled one it is told what became of the messages that were under way. The
 * caller holds its row lock, so that two closers of the last two recipients cannot both look before the other has committed.
 */
export async function completeIfDone(tx: DispatcherTransaction, campaign: Campaign, now: Date): Promise<Campaign> {
  const { campaign_id: campaignId, status } = campaign;
  if (status !== 'running' && status !== 'paused' && status !== 'cancelled') return campaign;
  const progress = await readProgress(tx, campaign);
  if (status === 'cancelled') return tellLastFigures(tx, campaign, { ...progress, pending: 0 }, now);
  if (progress.pending > 0) return status === 'paused' ? tellLastFigures(tx, campaign, progress, now) : campaign;
  const completed = await decideOn(tx, campaign, { type: 'Complete', campaignId, progress }, now);
  if (isRejection(completed)) return campaign;
  await restSenders(tx, campaignId, now);
  return completed;
}

async function tellLastFigures(tx: DispatcherTransaction, campaign: Campaign, progress: Progress, now: Date) {
  if ((await readQueued(tx, campaign)) > 0) return campaign;
  const { campaign_id: campaignId } = campaign;
  const told = await decideOn(tx, campaign, { type: 'NoteProgress', campaignId, progress }, now);
  return isRejection(told) ? campaign : told;
}
