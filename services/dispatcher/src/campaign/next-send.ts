/** When the next message of a campaign may leave, as far as anybody knows. Pure. */
import type { CampaignStatus, SessionStatus } from '@wam/contracts';
import { nextSendingTime, type SendingHours } from '../pace/sending-hours.ts';

/** A session of the campaign, and what its lane waits for. */
export interface WaitingSender {
  /** Null: it has nothing to do. */
  dueAt: Date | null;
  laneDueAt: Date | null;
  status: SessionStatus;
  restricted: boolean;
  restrictedUntil: Date | null;
}
export interface WaitingCampaign {
  status: CampaignStatus;
  reasonCode: string | null;
  startAt: string | undefined;
  hours: SendingHours | undefined;
  /** Recipients that no session was given yet. */
  open: number;
  senders: readonly WaitingSender[];
}

/** Not before `now`. Undefined when nothing is left to send, or when it waits for a person or for a connection. */
export function nextSendAt(now: Date, campaign: WaitingCampaign): Date | undefined {
  const due = dueAt(campaign);
  if (campaign.open <= 0 || due === undefined) return undefined;
  const earliestMs = Math.max(due, now.getTime());
  const sendsMs = campaign.hours === undefined ? earliestMs : nextSendingTime(earliestMs, campaign.hours);
  return sendsMs === undefined ? undefined : new Date(sendsMs);
}

function dueAt({ status, reasonCode, startAt, senders }: WaitingCampaign): number | undefined {
  switch (status) {
    case 'scheduled':
      return startAt === undefined ? undefined : Date.parse(startAt);
    case 'running':
      return earliest(senders.map(dueOfSender));
    case 'paused':
      return reasonCode === 'SESSION_RESTRICTED' ? earliest(senders.map(endOfRestriction)) : undefined;
    case 'draft':
    case 'completed':
    case 'cancelled':
      return undefined;
    default:
      return status satisfies never;
  }
}

function dueOfSender(sender: WaitingSender): number | undefined {
  if (sender.dueAt === null) return undefined;
  if (sender.restricted) return endOfRestriction(sender);
  if (sender.status !== 'connected') return undefined;
  return Math.max(sender.dueAt.getTime(), sender.laneDueAt?.getTime() ?? 0);
}
const endOfRestriction = ({ restricted, restrictedUntil }: WaitingSender): number | undefined =>
  restricted ? restrictedUntil?.getTime() : undefined;

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
