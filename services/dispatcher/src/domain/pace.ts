/** When a campaign sends its next message. Pure; times are milliseconds since the epoch. */

/** A campaign's messages that the engine has not ended yet: more would only wait in the queue of one session. */
export const maxOutstandingPerCampaign = 20;
/** Messages still fail rather than wait when the campaign is this late. */
const graceMs = 10 * 60_000;
/** How long a campaign rests that may not send although it is due. An outcome ends the rest earlier. */
const restMs = 1000;

export interface Pace {
  delayMs: number;
  nextSendAtMs: number;
  outstanding: number;
}

/** How many recipients may be sent now: one per delay; without a delay as many as may be outstanding. */
export function dueRecipients(nowMs: number, pace: Pace): number {
  if (nowMs < pace.nextSendAtMs) return 0;
  const room = Math.max(0, maxOutstandingPerCampaign - pace.outstanding);
  return pace.delayMs === 0 ? room : Math.min(1, room);
}

/**
 * When the campaign is due again. Counted from the send itself and not from when it was due: after a pause nothing is
 * made up for, since a burst is what the delay is there to prevent.
 */
export function nextSendAt(nowMs: number, delayMs: number, sentCount: number): number {
  return sentCount === 0 || delayMs === 0 ? nowMs + restMs : nowMs + delayMs;
}

/** Time from the first to the last message at the asked pace. */
export const campaignDurationMs = (recipients: number, delayMs: number): number =>
  Math.max(0, recipients - 1) * delayMs;

/** A campaign that never gets through its daily quota ends after this long, and its rest fails. */
const longestCampaignMs = 30 * 24 * 3_600_000;
/** A larger plan lets it go on before the day is over; nobody tells the dispatcher. */
const quotaRecheckMs = 5 * 60_000;

/** What waiting for the daily quota does to a campaign: when it asks again, and its deadline, which grows by the wait. */
export function waitForQuota(
  nowMs: number,
  resetsAtMs: number,
  campaign: { createdAtMs: number; notAfterMs: number; remaining: number; delayMs: number },
): { nextSendAtMs: number; notAfterMs: number } {
  const wished = campaignDeadline(Math.max(nowMs, resetsAtMs), campaign.remaining, campaign.delayMs);
  const latest = campaign.createdAtMs + longestCampaignMs;
  return {
    nextSendAtMs: Math.max(nowMs + restMs, Math.min(resetsAtMs, nowMs + quotaRecheckMs)),
    notAfterMs: Math.max(campaign.notAfterMs, Math.min(wished, latest)),
  };
}

/** Deadline of every message of the campaign. */
export const campaignDeadline = (startMs: number, recipients: number, delayMs: number): number =>
  startMs + campaignDurationMs(recipients, delayMs) + graceMs;
