import { type Kysely, sql } from 'kysely';
import { longestCampaignMs } from '../campaign/campaign-deadline.ts';
import { lockSenders } from '../senders/wake-senders.ts';
import type { Campaign, DispatcherTransaction } from '../storage/campaign-row.ts';
import { completeIfDone } from '../storage/complete-campaign.ts';
import type { DispatcherTables } from '../storage/tables.ts';

/** The engine ends what it was given before its deadline; this long after it, an outcome will not come any more. */
const outcomeGraceMs = 10 * 60_000;
/** Rows in one transaction. */
const batchSize = 5000;

/** While WhatsApp restricts its sessions the time of a campaign stands still, as its resumption will say; for a month at most. */
const isOverdue = (now: Date) => sql<boolean>`
  status in ('running', 'paused') and case when status = 'paused' and reason_code = 'SESSION_RESTRICTED'
    then paused_at <= ${new Date(now.getTime() - longestCampaignMs)} else not_after <= ${now} end`;

/**
 * Nothing stays pending: what was not sent by the deadline of its campaign has failed, and so has what nobody reported on long after it.
 * @returns the campaigns that are complete now
 */
export async function failOverdue(database: Kysely<DispatcherTables>, now: Date): Promise<string[]> {
  const overdue = await database
    .selectFrom('campaign')
    .select(['campaign_id', 'tenant'])
    .where(isOverdue(now))
    .limit(20)
    .execute();
  const completed: string[] = [];
  for (const { campaign_id: campaignId, tenant } of overdue) {
    const isCompleted = await database.transaction().execute(async (tx) => {
      await lockSenders(tx, campaignId);
      const campaign = await tx
        .selectFrom('campaign')
        .selectAll()
        .where('campaign_id', '=', campaignId)
        .where('tenant', '=', tenant)
        .where(isOverdue(now))
        .forUpdate()
        .executeTakeFirst();
      if (campaign === undefined) return false;
      await failRecipients(tx, campaign, now);
      const after = await completeIfDone(tx, campaign, now);
      return after.status === 'completed' && campaign.status !== 'completed';
    });
    if (isCompleted) completed.push(campaignId);
  }
  return completed;
}

async function failRecipients(tx: DispatcherTransaction, campaign: Campaign, now: Date): Promise<void> {
  const { campaign_id: campaignId } = campaign;
  const isLost = now.getTime() - campaign.not_after.getTime() >= outcomeGraceMs;
  const states = isLost ? sql`('pending', 'reserved', 'queued')` : sql`('pending')`;
  const { rows } = await sql<{ session_id: string | null; copies: number; wasUnderWay: boolean }>`
    with late as (
      select position, state from campaign_recipient
      where campaign_id = ${campaignId} and position < ${campaign.rows} and duplicate_of is null
        and (${isLost} or position >= (select min(cursor) from campaign_sender where campaign_id = ${campaignId}))
        and state in ${states}
      order by position limit ${batchSize} for update
    )
    update campaign_recipient as recipient set state = 'failed', updated_at = ${now},
      error_code = case when late.state = 'pending' then 'MESSAGE_EXPIRED' else 'SEND_FAILED' end
    from late where recipient.campaign_id = ${campaignId} and recipient.position = late.position
    returning recipient.session_id, recipient.copies, late.state <> 'pending' as "wasUnderWay"`.execute(tx);
  const bySession = Map.groupBy(rows, (row) => (row.wasUnderWay ? row.session_id : null));
  for (const [sessionId, of] of bySession) {
    const contacts = of.reduce((total, { copies }) => total + copies, 0);
    if (sessionId === null) {
      await sql`update campaign_sender set failed = failed + ${contacts}
        where campaign_id = ${campaignId} and ordinal = 0`.execute(tx);
    } else {
      await sql`update campaign_sender set failed = failed + ${contacts}, queued = queued - ${contacts}
        where campaign_id = ${campaignId} and session_id = ${sessionId}`.execute(tx);
      await sql`update session_lane set outstanding = greatest(0, outstanding - ${of.length})
        where session_id = ${sessionId}`.execute(tx);
    }
  }
}
