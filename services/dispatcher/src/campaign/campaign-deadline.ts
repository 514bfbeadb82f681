/** Until when a campaign has time. Pure; times are milliseconds since the epoch. */

/** Messages still fail rather than wait when the campaign is this late. */
const graceMs = 10 * 60_000;
/** Time from the first to the last message at the asked pace. */
export const campaignDurationMs = (recipients: number, delayMs: number): number =>
  Math.max(0, recipients - 1) * delayMs;

/** A campaign that never gets through its daily quota ends after this long, and its rest fails. */
export const longestCampaignMs = 30 * 24 * 3_600_000;
/** Nobody asks more often. */
const leastWaitMs = 1000;
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
    nextSendAtMs: Math.max(nowMs + leastWaitMs, Math.min(resetsAtMs, nowMs + quotaRecheckMs)),
    notAfterMs: Math.max(campaign.notAfterMs, Math.min(wished, latest)),
  };
}

/** Deadline of every message of the campaign. */
export const campaignDeadline = (startMs: number, recipients: number, delayMs: number): number =>
  startMs + campaignDurationMs(recipients, delayMs) + graceMs;
