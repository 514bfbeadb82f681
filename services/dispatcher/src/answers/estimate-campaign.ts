/** How long a campaign takes, as its preview tells. */
import { type AnswerOf, internalRequests, type previewCampaign, type ReservedMessages } from '@wam/contracts';
import { askService } from '../ask-service.ts';
import { longestCampaignMs } from '../campaign/campaign-deadline.ts';
import { hoursOf, type LaneRow, laneOf, paceOf } from '../dispatch/facts.ts';
import { type DailyQuota, estimateEnd, type SessionOfEstimate } from '../pace/estimate-end.ts';
import { type Campaign, readProgress, readQueued } from '../storage/campaign-row.ts';
import type { AnswerDeps } from './answers-deps.ts';

type Estimate = Pick<AnswerOf<typeof previewCampaign, 200>, 'estimatedSeconds' | 'estimatedEndAt'>;

export async function estimateCampaign(deps: AnswerDeps, campaign: Campaign): Promise<Estimate> {
  const { database, clock, policy } = deps;
  const nowMs = clock.now();
  const { pending } = await readProgress(database, campaign);
  const messages = pending - (await readQueued(database, campaign));
  if (campaign.status === 'completed' || campaign.status === 'cancelled' || messages <= 0) {
    return { estimatedSeconds: 0, estimatedEndAt: null };
  }
  const lanes = await readLanes(deps, campaign);
  const startMs = Math.max(nowMs, campaign.started_at === null ? startOf(campaign) : 0);
  const endMs = estimateEnd({
    startMs,
    messages,
    sessions: sessionsOf(lanes),
    ...paceOf(campaign),
    hours: hoursOf(campaign),
    policy,
    quota: await findQuota(deps, campaign.tenant, lanes),
    latestMs: latestOf(campaign, startMs, nowMs),
  });
  if (endMs === undefined) return { estimatedSeconds: null, estimatedEndAt: null };
  return { estimatedSeconds: Math.round((endMs - startMs) / 1000), estimatedEndAt: new Date(endMs).toISOString() };
}

const startOf = ({ schedule }: Campaign): number =>
  schedule?.startAt === undefined ? 0 : Date.parse(schedule.startAt);

/** What waits for somebody is thought to go on now. */
function latestOf({ started_at, paused_at, not_after }: Campaign, startMs: number, nowMs: number): number {
  if (started_at === null) return startMs + longestCampaignMs;
  return not_after.getTime() + (paused_at === null ? 0 : nowMs - paused_at.getTime());
}

const readLanes = ({ database }: AnswerDeps, { campaign_id: campaignId }: Campaign): Promise<LaneRow[]> =>
  database
    .selectFrom('session_lane')
    .selectAll('session_lane')
    .innerJoin('campaign_sender', 'campaign_sender.session_id', 'session_lane.session_id')
    .where('campaign_id', '=', campaignId)
    .execute();

/** Those that can send, or will by themselves. When there is none they are thought to be linked again. */
function sessionsOf(lanes: readonly LaneRow[]): SessionOfEstimate[] {
  const able = lanes.filter(
    ({ status, restricted, restricted_until: until }) =>
      (status === 'connected' || status === 'connecting' || status === 'reconnecting') &&
      (!restricted || until !== null),
  );
  return (able.length === 0 ? lanes : able).map((lane) => ({
    lane: laneOf(lane),
    fromMs: lane.restricted_until?.getTime() ?? 0,
  }));
}

/** Nothing is taken of it. What these sessions hold already is theirs. */
async function findQuota(deps: AnswerDeps, tenant: string, lanes: readonly LaneRow[]): Promise<DailyQuota | undefined> {
  const reply = await askService(deps, 'auth', internalRequests.reserveMessages, { tenant, count: 0 });
  // Of an account beyond its limit the refusal tells the same.
  const told = reply.ok ? reply.body : reply.code === 'DAILY_LIMIT_REACHED' ? reply.details : undefined;
  if (told === undefined) return undefined;
  const { limit, used, resetsAt } = told as Omit<ReservedMessages, 'day'>;
  const held = lanes.filter(({ credit_until: until }) => until !== null && until.getTime() > deps.clock.now());
  const credit = held.reduce((sum, lane) => sum + lane.credit, 0);
  return { perDay: limit, left: Math.max(0, limit - used) + credit, resetsAtMs: Date.parse(resetsAt) };
}
