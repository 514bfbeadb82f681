/**
 * When a campaign will have sent everything, if nothing comes in between: its pauses, its sending hours, the limits of its sessions with their warm-up,
 * and the daily quota. Computed from stretch to stretch in which none of these changes, not message by message. Pure.
 */
import type { Limit } from './bucket.ts';
import { meanStretch } from './irregularity.ts';
import { type Lane, limitOfLane, type PacePolicy, warmUpOfLane } from './plan-step.ts';
import { endOfSendingTime, nextSendingTime, type SendingHours } from './sending-hours.ts';
import { nextWarmUpDayAt } from './warm-up.ts';

export interface SessionOfEstimate {
  lane: Lane;
  /** The end of a restriction, or 0. */
  fromMs: number;
}
/** Messages of the account a day. */
export interface DailyQuota {
  perDay: number;
  left: number;
  resetsAtMs: number;
}
export interface EstimateFacts {
  startMs: number;
  /** Messages to be sent. */
  messages: number;
  sessions: readonly SessionOfEstimate[];
  /** Of the campaign, for each of its sessions. */
  limit: Limit;
  jitter: number;
  hours: SendingHours | undefined;
  policy: PacePolicy;
  /** Undefined when nobody could tell. */
  quota: DailyQuota | undefined;
  /** What is not sent by then is not sent at all. */
  latestMs: number;
}

const dayMs = 86_400_000;

interface Running extends SessionOfEstimate {
  /** It has waited: its buckets are full. */
  isRested: boolean;
}
/** From `fromMs` to before `untilMs` nothing changes but what is used up. */
interface Stretch {
  fromMs: number;
  untilMs: number;
}

/** The moment of the last message. Undefined when it would not come before `latestMs`. */
export function estimateEnd(facts: EstimateFacts): number | undefined {
  const { startMs, latestMs, hours } = facts;
  let { messages: left, quota } = facts;
  let sessions: Running[] = facts.sessions.map((session) => ({ ...session, isRested: true }));
  if (left <= 0) return startMs;
  for (let nowMs = startMs; nowMs < latestMs; ) {
    const fromMs = hours === undefined ? nowMs : nextSendingTime(nowMs, hours);
    if (fromMs === undefined || fromMs >= latestMs) return undefined;
    if (fromMs > nowMs) sessions = sessions.map((session) => ({ ...session, isRested: true }));
    while (quota !== undefined && quota.resetsAtMs <= fromMs) quota = nextDay(quota);
    const stretch = { fromMs, untilMs: endOfStretch(fromMs, facts, sessions, quota?.resetsAtMs) };
    const possible = messagesBy(stretch.untilMs - 1, stretch, facts, sessions);
    const sent = Math.min(possible, quota?.left ?? possible);
    if (left <= sent) return momentOf(left, stretch, facts, sessions);
    left -= sent;
    if (quota !== undefined) quota = { ...quota, left: quota.left - sent };
    const usedUpMs = sent < possible ? momentOf(sent, stretch, facts, sessions) : undefined;
    sessions = sessions.map((session) => afterStretch(session, stretch, facts, usedUpMs));
    nowMs = stretch.untilMs;
  }
  return undefined;
}

/** A day of 23 or 25 hours moves the estimate by an hour. */
const nextDay = ({ perDay, resetsAtMs }: DailyQuota): DailyQuota => ({
  perDay,
  left: perDay,
  resetsAtMs: resetsAtMs + dayMs,
});

function endOfStretch(
  fromMs: number,
  { hours, policy, latestMs }: EstimateFacts,
  sessions: readonly Running[],
  resetsAtMs = latestMs,
): number {
  const changes = sessions.flatMap((session) => {
    if (session.fromMs > fromMs) return [session.fromMs];
    const warmUp = warmUpOfLane(fromMs, session.lane, policy);
    const sinceMs = session.lane.connectedSinceMs;
    return warmUp === undefined || sinceMs === undefined ? [] : [nextWarmUpDayAt(sinceMs, warmUp.day)];
  });
  // Hours that do not end within a day are looked at again then.
  const closesMs = hours === undefined ? latestMs : (endOfSendingTime(fromMs, hours) ?? fromMs + dayMs);
  return Math.min(latestMs, closesMs, resetsAtMs, ...changes);
}

/** Messages that all sessions together may have sent by then, that moment included. */
const messagesBy = (atMs: number, stretch: Stretch, facts: EstimateFacts, sessions: readonly Running[]): number =>
  sessions.reduce((sum, session) => sum + messagesOf(session, atMs, stretch, facts).messages, 0);

function messagesOf(
  { lane, fromMs, isRested }: Running,
  atMs: number,
  stretch: Stretch,
  { limit, jitter, policy, messages }: EstimateFacts,
): { messages: number; isHeldBack: boolean } {
  if (fromMs > stretch.fromMs) return { messages: 0, isHeldBack: true };
  const elapsedMs = atMs - stretch.fromMs;
  const warmUp = warmUpOfLane(stretch.fromMs, lane, policy);
  const sentToday = warmUp !== undefined && warmUp.day === lane.warmDay ? lane.warmCount : 0;
  const leftToday = Math.max(0, (warmUp?.messagesPerDay ?? messages) - sentToday);
  const paced = Math.min(
    grown(limit, elapsedMs, meanStretch(jitter), isRested),
    grown(limitOfLane(stretch.fromMs, lane, policy), elapsedMs, 0, isRested),
  );
  return { messages: Math.min(paced, leftToday), isHeldBack: paced > leftToday };
}

function grown({ spacingMs, burst }: Limit, elapsedMs: number, stretchedBy: number, isRested: boolean): number {
  if (spacingMs === 0) return Number.MAX_SAFE_INTEGER;
  return (isRested ? burst : 0) + Math.floor(elapsedMs / (spacingMs * (1 + stretchedBy)));
}

/** The first moment of the stretch by which so many have left. */
function momentOf(messages: number, stretch: Stretch, facts: EstimateFacts, sessions: readonly Running[]): number {
  let [before, found] = [stretch.fromMs - 1, stretch.untilMs - 1];
  while (found - before > 1) {
    const middle = Math.floor((before + found) / 2);
    if (messagesBy(middle, stretch, facts, sessions) >= messages) found = middle;
    else before = middle;
  }
  return found;
}

/** @param usedUpMs when the day of the account had no more for it */
function afterStretch(session: Running, stretch: Stretch, facts: EstimateFacts, usedUpMs: number | undefined): Running {
  const { messages, isHeldBack } = messagesOf(session, usedUpMs ?? stretch.untilMs - 1, stretch, facts);
  const { lane } = session;
  const warmDay = warmUpOfLane(stretch.fromMs, lane, facts.policy)?.day ?? lane.warmDay;
  const warmCount = (warmDay === lane.warmDay ? lane.warmCount : 0) + messages;
  return { ...session, lane: { ...lane, warmDay, warmCount }, isRested: isHeldBack || usedUpMs !== undefined };
}
