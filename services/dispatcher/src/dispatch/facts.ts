/** Rows as the pure rules of the pace want them. */
import type { Selectable } from 'kysely';
import { limitPerMinute } from '../pace/bucket.ts';
import type { Lane, Sender } from '../pace/plan-step.ts';
import type { SendingHours } from '../pace/sending-hours.ts';
import type { Campaign } from '../storage/campaign-row.ts';
import type { CampaignSenderTable, SessionLaneTable } from '../storage/tables.ts';

export type LaneRow = Selectable<SessionLaneTable>;
export type SenderRow = Selectable<CampaignSenderTable>;

const msOf = (value: Date | number): number => (typeof value === 'number' ? value : value.getTime());

export const laneOf = (row: LaneRow): Lane => ({
  sessionId: row.session_id,
  network: row.network,
  status: row.status,
  restricted: row.restricted,
  connectedSinceMs: row.connected_since?.getTime(),
  outstanding: row.outstanding,
  fullAtMs: msOf(row.full_at),
  warmDay: row.warm_day,
  warmCount: row.warm_count,
});

export function senderOf(row: SenderRow, campaign: Campaign): Sender {
  const { pace } = campaign;
  return {
    campaignId: row.campaign_id,
    // The delay of a bulk send is kept to the millisecond.
    limit:
      pace === null ? { spacingMs: campaign.delay_ms, burst: 1 } : limitPerMinute(pace.messagesPerMinute, pace.burst),
    jitter: pace?.jitter ?? 0,
    hours: hoursOf(campaign),
    fullAtMs: msOf(row.full_at),
    taken: row.taken,
  };
}

export function hoursOf({ schedule }: Pick<Campaign, 'schedule'>): SendingHours | undefined {
  if (schedule?.sendBetween === undefined && schedule?.days === undefined) return undefined;
  return { timeZone: schedule.timeZone ?? 'UTC', between: schedule.sendBetween, days: schedule.days };
}
