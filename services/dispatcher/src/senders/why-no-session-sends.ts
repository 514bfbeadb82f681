import { type Rejection, reject } from '@wam/contracts';
import { restrictedUntilThen } from '../campaign/plan-bulk-send.ts';
import type { DispatcherTransaction } from '../storage/campaign-row.ts';

/** Undefined when a session of the campaign can send, or will when it is connected again. */
export async function whyNoSessionSends(tx: DispatcherTransaction, campaignId: string): Promise<Rejection | undefined> {
  const lanes = await tx
    .selectFrom('campaign_sender')
    .innerJoin('session_lane', 'session_lane.session_id', 'campaign_sender.session_id')
    .select(['restricted', 'restricted_until'])
    .where('campaign_id', '=', campaignId)
    .where('status', 'in', ['connected', 'connecting', 'reconnecting'])
    .execute();
  if (lanes.length === 0) return reject('SESSION_NOT_CONNECTED');
  if (!lanes.every(({ restricted }) => restricted)) return undefined;
  const ends = lanes.map(({ restricted_until }) => restricted_until?.toISOString()).filter((end) => end !== undefined);
  return restrictedUntilThen(ends.toSorted()[0]);
}
