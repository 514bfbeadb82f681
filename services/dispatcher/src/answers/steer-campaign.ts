/** Start, pause, resume, cancel, retry. */
import { isRejection, type Rejection, reject, type ServiceReply } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { sql } from 'kysely';
import { requested } from '../campaign/campaign-decider.ts';
import { sessionIdsOf } from '../senders/session-ids-of.ts';
import { lockSenders, restSenders, wakeSenders } from '../senders/wake-senders.ts';
import { whyNoSessionSends } from '../senders/why-no-session-sends.ts';
import {
  type Campaign,
  type DispatcherTransaction,
  decideOn,
  lockCampaign,
  readProgress,
  readQueued,
} from '../storage/campaign-row.ts';
import { viewCampaign } from '../storage/read-campaign.ts';
import { readFaults } from '../storage/read-problems.ts';
import { refusableTransaction } from '../storage/refusable-transaction.ts';
import { type AnswerDeps, type Handler, onCampaign } from './answers-deps.ts';

/** Rows that a refused start names. */
const namedFaults = 10;

type Steer = (tx: DispatcherTransaction, campaign: Campaign, now: Date) => Promise<Campaign | Rejection>;

export const startCampaign = (deps: AnswerDeps): Handler => steering(deps, startNow);
export const pauseCampaign = (deps: AnswerDeps): Handler => steering(deps, pause);
export const resumeCampaign = (deps: AnswerDeps): Handler => steering(deps, resume);
export const cancelCampaign = (deps: AnswerDeps): Handler => steering(deps, cancel);
export const retryCampaign = (deps: AnswerDeps): Handler => steering(deps, retry);

const steering = (deps: AnswerDeps, steer: Steer): Handler =>
  onCampaign(deps, async ({ tenant, campaign_id: campaignId }, { principal }): Promise<ServiceReply> => {
    const now = new Date(deps.clock.now());
    const after = await refusableTransaction(deps.database, async (tx) => {
      await lockSenders(tx, campaignId);
      const campaign = await lockCampaign(tx, tenant, campaignId);
      if (campaign === undefined) return reject('CAMPAIGN_NOT_FOUND');
      if (principal.mode === 'test' && (await isLive(tx, campaignId))) return reject('TEST_KEY_ON_LIVE_SESSION');
      return steer(tx, campaign, now);
    });
    if (isRejection(after)) return refuse(after);
    deps.wake();
    return answer(200, await viewCampaign(deps.database, after, now));
  });

/** At once, or at its scheduled time when that lies ahead. */
export async function startNow(
  tx: DispatcherTransaction,
  campaign: Campaign,
  now: Date,
): Promise<Campaign | Rejection> {
  const { campaign_id: campaignId, schedule, delay_ms: delayMs } = campaign;
  if (campaign.upload_id !== null && (await isUploading(tx, campaignId))) {
    return reject('CONFLICT', { message: 'Recipients are being uploaded; start the campaign when that is done' });
  }
  const startAtMs = schedule?.startAt === undefined ? 0 : Date.parse(schedule.startAt);
  const begins = startAtMs <= now.getTime();
  const unusable = begins ? await whyNoSessionSends(tx, campaignId) : undefined;
  if (unusable?.code === 'SESSION_RESTRICTED') return unusable;
  const sessionIds = await sessionIdsOf(tx, campaignId);
  const started = await decideOn(
    tx,
    campaign,
    { type: 'Start', campaignId, startAt: schedule?.startAt, begins, sessionIds, delayMs },
    now,
  );
  if (isRejection(started)) return started.code === 'CAMPAIGN_EMPTY' ? withFaults(tx, campaign) : started;
  if (campaign.status !== 'running') await wakeSenders(tx, campaignId, begins ? now : new Date(startAtMs));
  return started;
}

/** Of a campaign that was made and started in one request nothing is left to preview: the answer has to say what was wrong. */
async function withFaults(tx: DispatcherTransaction, campaign: Campaign): Promise<Rejection> {
  const { bad, duplicates, opted_out_rows: optedOut } = campaign;
  const rows = await readFaults(tx, campaign, namedFaults);
  const [first] = rows;
  if (first === undefined) return reject('CAMPAIGN_EMPTY');
  const message = `None of its ${bad + duplicates + optedOut} rows can be used. Row ${first.row}: ${first.reason}`;
  return reject('CAMPAIGN_EMPTY', { message, details: { bad, duplicates, optedOut, rows } });
}

const pause: Steer = async (tx, campaign, now) => {
  const { campaign_id: campaignId } = campaign;
  const progress = await readProgress(tx, campaign);
  const paused = await decideOn(tx, campaign, { type: 'Pause', campaignId, reason: requested, progress }, now);
  if (!isRejection(paused)) await restSenders(tx, campaignId, now);
  return paused;
};

const resume: Steer = async (tx, campaign, now) => {
  const { campaign_id: campaignId } = campaign;
  const resumed = await decideOn(
    tx,
    campaign,
    { type: 'Resume', campaignId, progress: await readProgress(tx, campaign) },
    now,
  );
  if (isRejection(resumed)) return resumed;
  const startAtMs = resumed.status === 'scheduled' ? Date.parse(campaign.schedule?.startAt ?? '') : 0;
  const unusable = startAtMs > now.getTime() ? undefined : await whyNoSessionSends(tx, campaignId);
  if (unusable !== undefined) return unusable;
  await wakeSenders(tx, campaignId, new Date(Math.max(now.getTime(), startAtMs)));
  return resumed;
};

const cancel: Steer = async (tx, campaign, now) => {
  const { campaign_id: campaignId } = campaign;
  const progress = await readProgress(tx, campaign);
  const cancelled = await decideOn(
    tx,
    campaign,
    { type: 'Cancel', campaignId, progress, queued: await readQueued(tx, campaign) },
    now,
  );
  if (!isRejection(cancelled)) await restSenders(tx, campaignId, now);
  return cancelled;
};

const retry: Steer = async (tx, campaign, now) => {
  const { campaign_id: campaignId } = campaign;
  const retried = await decideOn(
    tx,
    campaign,
    { type: 'Retry', campaignId, progress: await readProgress(tx, campaign) },
    now,
  );
  if (isRejection(retried)) return retried;
  const unusable = await whyNoSessionSends(tx, campaignId);
  if (unusable !== undefined) return unusable;
  await sql`
    update campaign_recipient set state = 'pending', attempt = attempt + 1, error_code = null, updated_at = ${now}
    where campaign_id = ${campaignId} and state = 'failed' and duplicate_of is null`.execute(tx);
  await tx.updateTable('campaign_sender').set({ failed: 0, cursor: 0 }).where('campaign_id', '=', campaignId).execute();
  if (retried.status === 'running') await wakeSenders(tx, campaignId, now);
  return retried;
};

async function isLive(tx: DispatcherTransaction, campaignId: string): Promise<boolean> {
  const live = await tx
    .selectFrom('campaign_sender')
    .innerJoin('session_lane', 'session_lane.session_id', 'campaign_sender.session_id')
    .select('ordinal')
    .where('campaign_id', '=', campaignId)
    .where('network', '<>', 'sandbox')
    .executeTakeFirst();
  return live !== undefined;
}

/** An upload whose process died is over after a minute. */
async function isUploading(tx: DispatcherTransaction, campaignId: string): Promise<boolean> {
  const { rows } = await sql<{ alive: boolean }>`
    select coalesce(upload_seen_at > clock_timestamp() - interval '1 minute', false) as alive
    from campaign where campaign_id = ${campaignId}`.execute(tx);
  return rows[0]?.alive === true;
}
