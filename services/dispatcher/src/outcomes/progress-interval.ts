/** How often a campaign tells of its progress. Pure. */

const leastMs = 2000;
const mostMs = 60_000;

/** Each time another hundredth of its age has passed, but neither more often than every two seconds nor less often than each minute. */
export function isProgressDue(campaign: { started_at: Date | null; progressed_at: Date | null }, now: Date): boolean {
  if (campaign.started_at === null) return false;
  const ageMs = now.getTime() - campaign.started_at.getTime();
  const sinceMs = now.getTime() - (campaign.progressed_at ?? campaign.started_at).getTime();
  return sinceMs >= Math.min(mostMs, Math.max(leastMs, ageMs / 100));
}
