/** Rows as the pure rules of the pace want them. */
import type { Selectable } from 'kysely';
import { type Limit, limitPerMinute } from '../pace/bucket.ts';
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
  return {
    campaignId: row.campaign_id,
    ...paceOf(campaign),
    hours: hoursOf(campaign),
    fullAtMs: msOf(row.full_at),
    taken: row.taken,
  };
}

/** The delay of a bulk send is kept to the millisecond. */
export const paceOf = ({ pace, delay_ms: spacingMs }: Campaign): { limit: Limit; jitter: number } =>
  pace === null
    ? { limit: { spacingMs, burst: 1 }, jitter: 0 }
    : { limit: limitPerMinute(pace.messagesPerMinute, pace.burst), jitter: pace.jitter };

export function hoursOf({ schedule }: Pick<Campaign, 'schedule'>): SendingHours | undefined {
  if (schedule?.sendBetween === undefined && schedule?.days === undefined) return undefined;
  return { timeZone: schedule.timeZone ?? 'UTC', between: schedule.sendBetween, days: schedule.days };
}
