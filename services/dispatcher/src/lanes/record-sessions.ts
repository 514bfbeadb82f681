import { isRejection } from '@wam/contracts';
import { sql } from 'kysely';
import type { Reason } from '../campaign/campaign-decider.ts';
import { longRestMs } from '../pace/plan-step.ts';
import { restSenders, wakeSenders } from '../senders/wake-senders.ts';
import { type DispatcherTransaction, decideOn, lockCampaign, readProgress } from '../storage/campaign-row.ts';
import type { SessionFact } from './session-facts.ts';

/** Keeps the lanes up to date; campaigns without a session that can send pause, and go on when there is one again. */
export async function recordSessions(
  tx: DispatcherTransaction,
  facts: readonly SessionFact[],
  now: Date,
): Promise<void> {
  const gone: string[] = [];
  const restricted: SessionFact[] = [];
  const back: string[] = [];
  for (const fact of facts) {
    await recordSession(tx, fact, now);
    if (fact.status === 'connected' || fact.restrictedUntil === null) back.push(fact.sessionId);
    else if (fact.status === 'disconnected' || fact.status === 'error') gone.push(fact.sessionId);
    if (typeof fact.restrictedUntil === 'string') restricted.push(fact);
  }
  await pauseStranded(tx, gone, sessionLost, now);
  for (const { sessionId, restrictedUntil } of restricted)
    await pauseStranded(tx, [sessionId], sessionRestricted(restrictedUntil!), now);
  await resumeStranded(tx, back, now);
}

const sessionLost: Reason = {
  code: 'SESSION_NOT_CONNECTED',
  message: 'No session of the campaign is connected; it goes on by itself when one is linked again',
};
const sessionRestricted = (until: string): Reason => ({
  code: 'SESSION_RESTRICTED',
  message: `WhatsApp does not let the session start new chats until ${until} (463); the campaign goes on by itself then`,
});

async function recordSession(tx: DispatcherTransaction, fact: SessionFact, now: Date): Promise<void> {
  const { sessionId, status, pool } = fact;
  if (status === undefined) {
    if (pool !== undefined)
      await tx.updateTable('session_lane').set({ pool }).where('session_id', '=', sessionId).execute();
  } else await recordStatus(tx, fact, now);
  if (fact.restrictedUntil !== undefined) await recordRestriction(tx, fact, now);
}

async function recordRestriction(tx: DispatcherTransaction, fact: SessionFact, now: Date): Promise<void> {
  const restricted = fact.restrictedUntil !== null;
  await sql`
    update session_lane set restricted = ${restricted}, restricted_until = ${fact.restrictedUntil},
      next_at = case when status = 'connected' or credit > 0 then ${now}::timestamptz end
    where session_id = ${fact.sessionId}`.execute(tx);
}

async function recordStatus(tx: DispatcherTransaction, fact: SessionFact, now: Date): Promise<void> {
  const { sessionId, tenant, status, network, pool, connectedAt } = fact;
  await sql`
    insert into session_lane (session_id, tenant, network, pool, status, connected_since)
    values (${sessionId}, ${tenant}, ${network ?? ''}, ${pool ?? ''}, ${status}, ${connectedAt ?? null})
    on conflict (session_id) do update set
      pool = coalesce(nullif(excluded.pool, ''), session_lane.pool),
      status = excluded.status,
      connected_since = coalesce(session_lane.connected_since, excluded.connected_since),
      next_at = case when excluded.status = 'connected' and not session_lane.restricted then ${now}::timestamptz
        when excluded.status = 'connected' then session_lane.next_at
        -- To give back what it holds of the day.
        when session_lane.credit > 0 and excluded.status in ('disconnected', 'error') then ${now}::timestamptz
        when session_lane.credit > 0 then ${new Date(now.getTime() + longRestMs)}::timestamptz end`.execute(tx);
}

/** Pauses the campaigns of these sessions that no other session can go on with. */
async function pauseStranded(
  tx: DispatcherTransaction,
  sessionIds: readonly string[],
  reason: Reason,
  now: Date,
): Promise<void> {
  if (sessionIds.length === 0) return;
  const { rows } = await sql<{ campaign_id: string; tenant: string }>`
    select distinct campaign_id, tenant from campaign_sender as lost
    where session_id in (${sql.join(sessionIds)}) and next_at is not null
      and not exists (
        select from campaign_sender as other join session_lane as lane using (session_id)
        where other.campaign_id = lost.campaign_id and not lane.restricted
          and lane.status in ('connected', 'connecting', 'reconnecting'))
    order by campaign_id`.execute(tx);
  for (const { campaign_id: campaignId, tenant } of rows) {
    const campaign = await lockCampaign(tx, tenant, campaignId);
    if (campaign?.status !== 'running') continue;
    const progress = await readProgress(tx, campaign);
    const paused = await decideOn(tx, campaign, { type: 'Pause', campaignId, reason, progress }, now);
    if (!isRejection(paused)) await restSenders(tx, campaignId, now);
  }
}

/** Reasons that end by themselves. */
const stranded = [sessionLost.code, 'SESSION_RESTRICTED'];

async function resumeStranded(tx: DispatcherTransaction, sessionIds: readonly string[], now: Date): Promise<void> {
  if (sessionIds.length === 0) return;
  const { rows } = await sql<{ campaign_id: string; tenant: string }>`
    select distinct campaign_id, campaign.tenant
    from campaign join campaign_sender using (campaign_id) join session_lane as lane using (session_id)
    where campaign.status = 'paused' and reason_code in (${sql.join(stranded)}) and session_id in (${sql.join(sessionIds)})
      and not lane.restricted and lane.status in ('connected', 'connecting', 'reconnecting')
    order by campaign_id`.execute(tx);
  for (const { campaign_id: campaignId, tenant } of rows) {
    const campaign = await lockCampaign(tx, tenant, campaignId);
    if (campaign?.status !== 'paused' || !stranded.includes(campaign.reason_code ?? '')) continue;
    const progress = await readProgress(tx, campaign);
    const resumed = await decideOn(tx, campaign, { type: 'Resume', campaignId, progress }, now);
    if (!isRejection(resumed)) await wakeSenders(tx, campaignId, now);
  }
}
