/** One turn of one session: takes what is due of one of its campaigns, publishes it, and says when its next turn is. */
import type { Clock, IdSource, Logger } from '@wam/service-kit';
import type { Publisher, Requester } from '@wam/service-kit/nats';
import { type Kysely, sql } from 'kysely';
import { afterSending, housekeepingMs, longRestMs, type PacePolicy, planStep } from '../pace/plan-step.ts';
import { type Campaign, type DispatcherTransaction, lockCampaign } from '../storage/campaign-row.ts';
import { completeIfDone } from '../storage/complete-campaign.ts';
import type { ContactSealer } from '../storage/contact-sealer.ts';
import { contactContext } from '../storage/seal-contexts.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import { type LaneRow, laneOf, type SenderRow, senderOf } from './facts.ts';
import { leaveOutKnown } from './leave-out-known.ts';
import { publishMessages } from './publish-messages.ts';
import { fillCredit, giveBackCredit, isCreditGood, layDownCredit, owesCredit } from './quota-credit.ts';
import { startIfScheduled } from './start-if-scheduled.ts';
import { inOrderOfTheIndex, type Taken, takeRecipients } from './take-recipients.ts';

export interface DispatchDeps {
  database: Kysely<DispatcherTables>;
  publisher: Publisher;
  requester: Requester;
  ids: IdSource;
  sealer: ContactSealer;
  clock: Clock;
  logger: Logger;
  policy: PacePolicy;
  partitionCount: number;
}

export type LaneStep =
  /** Not due any more, or another process is at it. */
  { kind: 'idle' } | { kind: 'stepped'; completed: string[] };

type Decision =
  | { kind: 'idle' }
  | { kind: 'waits' }
  | { kind: 'done'; completed: string[] }
  /** The lane has nothing to do; what it reserved of the quota and did not use goes back. */
  | { kind: 'rests'; held: Awaited<ReturnType<typeof layDownCredit>> }
  | { kind: 'needs-quota'; lane: LaneRow; sender: SenderRow; campaign: Campaign }
  | { kind: 'took'; lane: LaneRow; campaign: Campaign; taken: Taken; completed: string[] };

/**
 * The recipients are reserved, and the pace is charged, before anything is published: whatever dies then, no message is sent twice and no
 * limit is exceeded. No lock is held while another service is asked.
 */
export async function stepLane(deps: DispatchDeps, sessionId: string): Promise<LaneStep> {
  const now = new Date(deps.clock.now());
  const decision = await deps.database.transaction().execute((tx) => decide(deps, tx, sessionId, now));
  switch (decision.kind) {
    case 'idle':
      return { kind: 'idle' };
    case 'waits':
      return { kind: 'stepped', completed: [] };
    case 'done':
      return { kind: 'stepped', completed: decision.completed };
    case 'rests':
      await giveBackCredit(deps, decision.held);
      return { kind: 'stepped', completed: [] };
    case 'needs-quota':
      await fillCredit(deps, decision, now);
      return { kind: 'stepped', completed: [] };
    case 'took': {
      const { lane, campaign, taken, completed } = decision;
      const { tenant, campaign_id: campaignId } = campaign;
      const recipients = [...taken.again, ...taken.fresh].map((recipient) => {
        const context = contactContext(tenant, campaignId, recipient.position);
        return { ...recipient, to: deps.sealer.open(context, recipient.contact).toString() };
      });
      const batch = { campaign, lane, recipients, at: now, takenAtMs: performance.now() };
      const cleared = await leaveOutKnown(deps, batch);
      await publishMessages(deps, { ...batch, recipients: cleared.recipients });
      return { kind: 'stepped', completed: [...completed, ...cleared.completed] };
    }
    default:
      return decision satisfies never;
  }
}

async function decide(deps: DispatchDeps, tx: DispatcherTransaction, sessionId: string, now: Date): Promise<Decision> {
  const lane = await tx
    .selectFrom('session_lane')
    .selectAll()
    .select(inOrderOfTheIndex)
    .where('session_id', '=', sessionId)
    .where('next_at', '<=', now)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (lane === undefined) return { kind: 'idle' };
  const cannotSend = lane.status === 'disconnected' || lane.status === 'error' || lane.restricted;
  if (cannotSend && owesCredit(lane)) return { kind: 'rests', held: await layDownCredit(tx, lane, now) };
  const sender = await tx
    .selectFrom('campaign_sender')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('next_at', '<=', now)
    .orderBy('served_at')
    .limit(1)
    .executeTakeFirst();
  if (sender === undefined) return restUntilDue(tx, lane, now);
  const found = await tx
    .selectFrom('campaign')
    .selectAll()
    .where('campaign_id', '=', sender.campaign_id)
    .executeTakeFirstOrThrow();
  const campaign = await startIfScheduled(tx, found, now);

  if (campaign.not_after <= now && campaign.status !== 'cancelled') {
    // Its end is told by whoever looks after the deadlines.
    await setSender(tx, sender, { next_at: new Date(now.getTime() + housekeepingMs) });
    return { kind: 'waits' };
  }
  const plan = planStep(now.getTime(), laneOf(lane), senderOf(sender, campaign), deps.policy);
  if (plan.kind === 'lane-waits')
    return restUntil(tx, lane, plan.untilMs === undefined ? null : new Date(plan.untilMs), now);
  if (plan.kind === 'sender-waits') {
    await setSender(tx, sender, { next_at: new Date(plan.untilMs) });
    return { kind: 'waits' };
  }
  return send(deps, tx, { lane, sender, campaign, limit: plan.count }, now);
}

interface Turn {
  lane: LaneRow;
  sender: SenderRow;
  campaign: Campaign;
  limit: number;
}
async function send(deps: DispatchDeps, tx: DispatcherTransaction, turn: Turn, now: Date): Promise<Decision> {
  const { lane, sender, campaign, limit } = turn;
  // Of a paused or ended campaign only what was under way is looked after.
  const isRunning = campaign.status === 'running';
  const credit = isCreditGood(lane, now) ? lane.credit : 0;
  const freshLimit = isRunning ? Math.min(limit, credit) : 0;
  const taken = await takeRecipients(tx, campaign, sender, { lane, limit, freshLimit, now });
  const count = taken.again.length + taken.fresh.length;
  if (isRunning && count === 0 && taken.optedOut === 0 && !taken.exhausted && freshLimit === 0)
    return { kind: 'needs-quota', lane, sender, campaign };

  const paced = afterSending(now.getTime(), count, laneOf(lane), senderOf(sender, campaign), deps.policy);
  const fresh = taken.fresh.reduce((sum, { copies }) => sum + copies, 0);
  const queued = sender.queued + fresh;
  const left = taken.exhausted ? await findLeftBehind(tx, campaign, fresh + taken.optedOut) : undefined;
  const isDrained = !isRunning || taken.exhausted;
  const isWatched = queued > 0 || left !== undefined;
  const nextAtMs = isDrained ? (isWatched ? now.getTime() + housekeepingMs : undefined) : paced.sender.nextAtMs;
  await setSender(tx, sender, {
    cursor: Math.min(taken.cursor, left ?? taken.cursor),
    taken: paced.sender.taken,
    queued,
    opted_out: sender.opted_out + taken.optedOut,
    ...(count > 0 && { full_at: new Date(paced.sender.fullAtMs) }),
    served_at: now,
    next_at: nextAtMs === undefined ? null : new Date(nextAtMs),
  });
  await setLane(tx, lane, {
    outstanding: lane.outstanding + taken.fresh.length,
    credit: credit - taken.fresh.length,
    ...(count > 0 && {
      full_at: new Date(paced.lane.fullAtMs),
      warm_day: paced.lane.warmDay,
      warm_count: paced.lane.warmCount,
      next_at: new Date(paced.lane.nextAtMs),
    }),
  });
  const completed = taken.optedOut > 0 ? await complete(tx, campaign, now) : [];
  return count === 0 ? { kind: 'done', completed } : { kind: 'took', lane, campaign, taken, completed };
}

/**
 * Where to look again when the end of the list was seen and not all recipients are accounted for: somebody else held them while they were
 * passed over, and did not take them. Whoever that was has not moved beyond them.
 * @param takenNow contacts that this turn took and the counters do not know yet
 */
async function findLeftBehind(
  tx: DispatcherTransaction,
  campaign: Campaign,
  takenNow: number,
): Promise<number | undefined> {
  const { accounted, cursor } = await tx
    .selectFrom('campaign_sender')
    .select([
      sql<number>`sum(queued + sent + failed + opted_out)`.as('accounted'),
      sql<number>`min(cursor)`.as('cursor'),
    ])
    .where('campaign_id', '=', campaign.campaign_id)
    .executeTakeFirstOrThrow();
  return accounted + takenNow < campaign.total ? cursor : undefined;
}

async function complete(tx: DispatcherTransaction, { tenant, campaign_id }: Campaign, now: Date): Promise<string[]> {
  const campaign = await lockCampaign(tx, tenant, campaign_id);
  if (campaign === undefined) return [];
  const { status } = await completeIfDone(tx, campaign, now);
  return status === 'completed' ? [campaign_id] : [];
}

/** Nothing is due now: until the first campaign of the lane is, or for good. */
async function restUntilDue(tx: DispatcherTransaction, lane: LaneRow, now: Date): Promise<Decision> {
  const { due } = await tx
    .selectFrom('campaign_sender')
    .select((expression) => expression.fn.min<Date | null>('next_at').as('due'))
    .where('session_id', '=', lane.session_id)
    .executeTakeFirstOrThrow();
  return restUntil(tx, lane, due, now);
}

/** What a lane holds of the day is for others of the account while it sends nothing for a long time. */
async function restUntil(tx: DispatcherTransaction, lane: LaneRow, due: Date | null, now: Date): Promise<Decision> {
  const isLong = due === null || due.getTime() - now.getTime() >= longRestMs;
  if (isLong && owesCredit(lane)) return { kind: 'rests', held: await layDownCredit(tx, lane, now) };
  await setLane(tx, lane, { next_at: due });
  return { kind: 'waits' };
}

const setLane = (tx: DispatcherTransaction, lane: LaneRow, changed: Partial<LaneRow>) =>
  tx
    .updateTable('session_lane')
    .set(changed as object)
    .where('session_id', '=', lane.session_id)
    .execute();

const setSender = (tx: DispatcherTransaction, sender: SenderRow, changed: Partial<SenderRow>) =>
  tx
    .updateTable('campaign_sender')
    .set(changed as object)
    .where('campaign_id', '=', sender.campaign_id)
    .where('session_id', '=', sender.session_id)
    .execute();
