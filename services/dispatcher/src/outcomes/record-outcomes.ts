import { isRejection } from '@wam/contracts';
import { unnestRows } from '@wam/service-kit/postgres';
import { sql } from 'kysely';
import type { Progress, Reason } from '../campaign/campaign-decider.ts';
import { failurePercentOf, noteOutcomes } from '../pace/failure-window.ts';
import { restSenders } from '../senders/wake-senders.ts';
import { type Campaign, type DispatcherTransaction, decideOn, readProgress } from '../storage/campaign-row.ts';
import { completeIfDone } from '../storage/complete-campaign.ts';
import type { Outcome } from './outcome-of.ts';
import { isProgressDue } from './progress-interval.ts';

/** What an outcome did to the recipient it found under way. */
interface Change {
  campaign_id: string;
  session_id: string;
  state: 'sent' | 'failed' | 'pending';
  error_code: string | null;
  copies: number;
  position: number;
}

/**
 * Writes what became of the recipients. The first outcome of a message stays: a repeated event changes nothing. Its cost is that of the
 * outcomes, however long the campaigns are.
 * @returns the campaigns that are complete now
 */
export async function recordOutcomes(
  tx: DispatcherTransaction,
  outcomes: readonly Outcome[],
  now: Date,
): Promise<string[]> {
  if (outcomes.length === 0) return [];
  const sessionIds = [...new Set(outcomes.map((outcome) => outcome.sessionId))].sort();
  await tx
    .selectFrom('session_lane')
    .select('session_id')
    .where('session_id', 'in', sessionIds)
    .orderBy('session_id')
    .forUpdate()
    .execute();
  const changes = await changeRecipients(tx, outcomes, now);
  if (changes.length === 0) return [];
  await countForSenders(tx, changes, now);
  await makeRoomInLanes(tx, changes, now);
  return judgeCampaigns(tx, changes, now);
}

/**
 * A message that a session could not send while it was allowed to goes back: the campaign has time, and another session or another day. A bulk
 * send promises its caller an outcome of each contact soon; there it has failed.
 *
 * What WhatsApp refused of a restricted session (463) goes back too, of a bulk send as well: nobody got it, and what was not given to the
 * session yet waits for the end of the restriction all the same. The log tells of the restriction before it tells of the refusal.
 */
async function changeRecipients(tx: DispatcherTransaction, outcomes: readonly Outcome[], now: Date): Promise<Change[]> {
  const rows = firstPerMessage(outcomes).map(({ tenant, sessionId, messageId, campaignId, state, errorCode }) => ({
    tenant,
    session_id: sessionId,
    message_id: messageId,
    campaign_id: campaignId,
    state,
    error_code: errorCode,
  }));
  const { rows: changes } = await sql<Change>`
    update campaign_recipient as recipient set
      state = outcome.next_state,
      error_code = case when outcome.next_state = 'failed' then outcome.error_code end,
      attempt = case when outcome.next_state = 'pending' then attempt + 1 else attempt end,
      updated_at = ${now}
    from (
      select outcome.*, case
        when campaign.not_after <= ${now} or campaign.status = 'cancelled' then outcome.state
        when error_code = 'MESSAGE_EXPIRED' and campaign.kind = 'campaign' then 'pending'
        when error_code = 'RECIPIENT_RESTRICTED' and lane.restricted then 'pending'
        else outcome.state end as next_state
      from ${unnestRows(columns, rows, 'outcome')} join campaign using (campaign_id)
        left join session_lane as lane using (session_id)
    ) as outcome
    where recipient.message_id = outcome.message_id
      and recipient.campaign_id = outcome.campaign_id
      and recipient.tenant = outcome.tenant
      and recipient.state in ('reserved', 'queued')
    returning recipient.campaign_id, recipient.session_id, recipient.state, recipient.error_code,
      recipient.copies, recipient.position`.execute(tx);
  return changes;
}

const columns = {
  tenant: 'uuid',
  session_id: 'uuid',
  message_id: 'text',
  campaign_id: 'text',
  state: 'text',
  error_code: 'text',
} as const;

async function countForSenders(tx: DispatcherTransaction, changes: readonly Change[], now: Date): Promise<void> {
  const bySender = Map.groupBy(changes, (change) => `${change.campaign_id} ${change.session_id}`);
  const rows = [...bySender.values()].map((of) => {
    const count = (state: Change['state']) => sum(of.filter((change) => change.state === state));
    return {
      campaign_id: of[0]!.campaign_id,
      session_id: of[0]!.session_id,
      sent: count('sent'),
      failed: count('failed'),
      ended: sum(of),
    };
  });
  const types = { campaign_id: 'text', session_id: 'uuid', sent: 'int4', failed: 'int4', ended: 'int4' } as const;
  await sql`
    update campaign_sender as sender set
      sent = sender.sent + change.sent, failed = sender.failed + change.failed, queued = sender.queued - change.ended
    from ${unnestRows(types, rows, 'change')}
    where sender.campaign_id = change.campaign_id and sender.session_id = change.session_id`.execute(tx);

  // What goes back is found again by every session of the campaign.
  const returned = Map.groupBy(
    changes.filter((change) => change.state === 'pending'),
    (change) => change.campaign_id,
  );
  for (const [campaignId, of] of returned) {
    const first = Math.min(...of.map((change) => change.position));
    await sql`
      update campaign_sender set cursor = least(cursor, ${first}), next_at = least(next_at, ${now})
      where campaign_id = ${campaignId}
        and exists (select from campaign where campaign_id = ${campaignId} and status = 'running')`.execute(tx);
    await sql`
      update campaign_sender set cursor = least(cursor, ${first}) where campaign_id = ${campaignId}`.execute(tx);
  }
}

/** A lane that had enough to do has room now; whether its pace allows something is for its next turn to say. */
async function makeRoomInLanes(tx: DispatcherTransaction, changes: readonly Change[], now: Date): Promise<void> {
  const rows = [...Map.groupBy(changes, (change) => change.session_id)].map(([session_id, of]) => ({
    session_id,
    ended: of.length,
  }));
  await sql`
    update session_lane as lane set outstanding = greatest(0, lane.outstanding - change.ended),
      next_at = case when lane.status = 'connected' and not lane.restricted then ${now}::timestamptz end
    from ${unnestRows({ session_id: 'uuid', ended: 'int4' }, rows, 'change')}
    where lane.session_id = change.session_id`.execute(tx);
}

async function judgeCampaigns(tx: DispatcherTransaction, changes: readonly Change[], now: Date): Promise<string[]> {
  const byCampaign = Map.groupBy(changes, (change) => change.campaign_id);
  const campaigns = await tx
    .selectFrom('campaign')
    .selectAll()
    .where('campaign_id', 'in', [...byCampaign.keys()])
    .orderBy('campaign_id')
    .forUpdate()
    .execute();
  const completed: string[] = [];
  for (const campaign of campaigns) {
    const outcomes = byCampaign.get(campaign.campaign_id)!.flatMap(({ state }) => (state === 'pending' ? [] : [state]));
    const window = noteOutcomes(campaign.recent_outcomes, outcomes);
    await tx
      .updateTable('campaign')
      .set({ recent_outcomes: window })
      .where('campaign_id', '=', campaign.campaign_id)
      .execute();
    const { status } = await completeIfDone(tx, campaign, now);
    if (status === 'completed') completed.push(campaign.campaign_id);
    else if (status === 'running') await pauseOrTell(tx, campaign, failurePercentOf(window), now);
  }
  return completed;
}

async function pauseOrTell(tx: DispatcherTransaction, campaign: Campaign, failurePercent: number, now: Date) {
  const campaignId = campaign.campaign_id;
  const isFailing = campaign.kind === 'campaign' && failurePercent > campaign.max_failure_percent;
  if (!isFailing && !isProgressDue(campaign, now)) return;
  const progress = await readProgress(tx, campaign);
  const command = isFailing
    ? ({ type: 'Pause', campaignId, reason: failing(failurePercent), progress } as const)
    : ({ type: 'NoteProgress', campaignId, progress: progress satisfies Progress } as const);
  const decided = await decideOn(tx, campaign, command, now);
  if (isFailing && !isRejection(decided)) await restSenders(tx, campaignId, now);
}

const failing = (percent: number): Reason => ({
  code: 'CAMPAIGN_FAILING',
  message: `${Math.round(percent)}% of the last messages failed. Look at the failed recipients before you resume`,
});

const sum = (changes: readonly Change[]): number => changes.reduce((total, { copies }) => total + copies, 0);

/** An update that joins two rows to one takes either of them: which, is decided here. */
function firstPerMessage(outcomes: readonly Outcome[]): Outcome[] {
  const first = new Map<string, Outcome>();
  for (const outcome of outcomes) if (!first.has(outcome.messageId)) first.set(outcome.messageId, outcome);
  return [...first.values()];
}
