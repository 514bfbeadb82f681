/** Starting and stopping the sessions of a campaign. The caller holds the locks that `lockSenders` takes. */
import { type Kysely, sql } from 'kysely';
import type { DispatcherTransaction } from '../storage/campaign-row.ts';
import type { DispatcherTables } from '../storage/tables.ts';

/** Lanes first, then the campaign's senders, each in the order of their ids; the campaign's own row comes after these. */
export async function lockSenders(tx: DispatcherTransaction, campaignId: string): Promise<void> {
  await tx
    .selectFrom('session_lane')
    .select('session_id')
    .where('session_id', 'in', (from) =>
      from.selectFrom('campaign_sender').select('session_id').where('campaign_id', '=', campaignId),
    )
    .orderBy('session_id')
    .forUpdate()
    .execute();
  await tx
    .selectFrom('campaign_sender')
    .select('session_id')
    .where('campaign_id', '=', campaignId)
    .orderBy('session_id')
    .forUpdate()
    .execute();
}

export async function wakeSenders(tx: Kysely<DispatcherTables>, campaignId: string, at: Date): Promise<void> {
  await tx.updateTable('campaign_sender').set({ next_at: at }).where('campaign_id', '=', campaignId).execute();
  await sql`
    update session_lane as lane set next_at = least(lane.next_at, ${at})
    from campaign_sender as sender
    where sender.campaign_id = ${campaignId} and sender.session_id = lane.session_id
      and lane.status = 'connected' and not lane.restricted`.execute(tx);
}

/** Longer than a publish may take: what is reserved then was never published, or is known by its id. */
const lookAfterMs = 20_000;

/** Nothing further is taken; what is under way is still looked after. */
export async function restSenders(tx: Kysely<DispatcherTables>, campaignId: string, now: Date): Promise<void> {
  const later = new Date(now.getTime() + lookAfterMs);
  await tx
    .updateTable('campaign_sender')
    .set({ next_at: sql`case when queued > 0 then ${later}::timestamptz end` })
    .where('campaign_id', '=', campaignId)
    .execute();
  // The lanes find out by themselves, and give back what they reserved of the quota.
  await sql`
    update session_lane as lane set next_at = ${now}
    from campaign_sender as sender
    where sender.campaign_id = ${campaignId} and sender.session_id = lane.session_id
      and lane.status = 'connected' and not lane.restricted`.execute(tx);
}
