/** What one session may send of one campaign now. Pure. */
import type { Network, SessionStatus } from '@wam/contracts';
import { fullAgainAt, type Limit, limitPerMinute, nextTokenAt, tokensAt } from './bucket.ts';
import { stretchOf } from './irregularity.ts';
import { nextSendingTime, type SendingHours } from './sending-hours.ts';
import { nextWarmUpDayAt, warmUpOf } from './warm-up.ts';

/** Messages of campaigns that one session was given and has not ended: more would only wait in its queue. */
export const maxOutstanding = 20;
/** How long a session rests that has enough to do. An outcome ends the rest earlier. */
export const restMs = 1000;
/**
 * A session that sends nothing for so long gives back what it holds of the day. The slowest pace is a message a minute, with pauses of some
 * minutes; sending hours, warm-up, long delays and lost connections are beyond that.
 */
export const longRestMs = 5 * 60_000;
/** How often a session without further recipients is looked after until all outcomes are there. */
export const housekeepingMs = 5000;

/** What the operator allows each session, all its campaigns together. */
export interface PacePolicy {
  perMinute: Readonly<Record<Network, number>>;
  warmUp: Readonly<Record<Network, boolean>>;
}
export interface Lane {
  sessionId: string;
  network: Network;
  status: SessionStatus;
  restricted: boolean;
  connectedSinceMs: number | undefined;
  outstanding: number;
  fullAtMs: number;
  warmDay: number;
  warmCount: number;
}
export interface Sender {
  campaignId: string;
  limit: Limit;
  jitter: number;
  hours: SendingHours | undefined;
  fullAtMs: number;
  taken: number;
}

export type StepPlan =
  | { kind: 'send'; count: number }
  /** The session has to wait, whatever the campaign; without a time until its state changes. */
  | { kind: 'lane-waits'; untilMs: number | undefined }
  /** This campaign has to wait on this session; others may go on. */
  | { kind: 'sender-waits'; untilMs: number };

const dayMs = 86_400_000;

export function planStep(nowMs: number, lane: Lane, sender: Sender, policy: PacePolicy): StepPlan {
  if (lane.status !== 'connected' || lane.restricted) return { kind: 'lane-waits', untilMs: undefined };
  const warmUp = warmUpOfLane(nowMs, lane, policy);
  const sentToday = warmUp !== undefined && warmUp.day === lane.warmDay ? lane.warmCount : 0;
  const leftToday = (warmUp?.messagesPerDay ?? Number.MAX_SAFE_INTEGER) - sentToday;
  if (warmUp !== undefined && leftToday <= 0) {
    return { kind: 'lane-waits', untilMs: nextWarmUpDayAt(lane.connectedSinceMs ?? nowMs, warmUp.day) };
  }
  const laneLimit = limitOfLane(nowMs, lane, policy);
  const laneTokens = tokensAt(nowMs, lane.fullAtMs, laneLimit);
  if (laneTokens === 0) return { kind: 'lane-waits', untilMs: nextTokenAt(lane.fullAtMs, laneLimit) };
  const room = maxOutstanding - lane.outstanding;
  if (room <= 0) return { kind: 'lane-waits', untilMs: nowMs + restMs };

  if (sender.hours !== undefined) {
    const open = nextSendingTime(nowMs, sender.hours) ?? nowMs + dayMs;
    if (open > nowMs) return { kind: 'sender-waits', untilMs: open };
  }
  const tokens = tokensAt(nowMs, sender.fullAtMs, sender.limit);
  if (tokens === 0) return { kind: 'sender-waits', untilMs: nextTokenAt(sender.fullAtMs, sender.limit) };
  return { kind: 'send', count: Math.min(tokens, laneTokens, leftToday, room) };
}

export interface Paced {
  lane: Pick<Lane, 'fullAtMs' | 'warmDay' | 'warmCount'> & { nextAtMs: number };
  sender: Pick<Sender, 'fullAtMs' | 'taken'> & { nextAtMs: number };
}

/** What sending `count` messages now does to the pace of both. Counted from the send and not from when it was due: nothing is made up for. */
export function afterSending(nowMs: number, count: number, lane: Lane, sender: Sender, policy: PacePolicy): Paced {
  const laneLimit = limitOfLane(nowMs, lane, policy);
  const laneFullAtMs = fullAgainAt(nowMs, lane.fullAtMs, laneLimit, new Array<number>(count).fill(0));
  const seed = `${sender.campaignId}/${lane.sessionId}`;
  const stretches = Array.from({ length: count }, (_, i) => stretchOf(seed, sender.taken + i, sender.jitter));
  const senderFullAtMs = fullAgainAt(nowMs, sender.fullAtMs, sender.limit, stretches);
  const warmDay = warmUpOfLane(nowMs, lane, policy)?.day ?? lane.warmDay;
  const warmCount = (warmDay === lane.warmDay ? lane.warmCount : 0) + count;
  return {
    lane: {
      fullAtMs: laneFullAtMs,
      warmDay,
      warmCount,
      nextAtMs: Math.max(nowMs, nextTokenAt(laneFullAtMs, laneLimit)),
    },
    sender: {
      fullAtMs: senderFullAtMs,
      taken: sender.taken + count,
      nextAtMs: Math.max(nowMs, nextTokenAt(senderFullAtMs, sender.limit)),
    },
  };
}

export function warmUpOfLane(nowMs: number, lane: Lane, policy: PacePolicy) {
  return policy.warmUp[lane.network] ? warmUpOf(nowMs, lane.connectedSinceMs ?? nowMs) : undefined;
}

/** A tenth of a second's worth may leave at once; of a slow session one message. */
export function limitOfLane(nowMs: number, lane: Lane, policy: PacePolicy): Limit {
  const usual = policy.perMinute[lane.network];
  const perMinute = Math.min(usual, warmUpOfLane(nowMs, lane, policy)?.messagesPerMinute ?? usual);
  return limitPerMinute(perMinute, Math.min(maxOutstanding, Math.max(1, Math.floor(perMinute / 600))));
}
