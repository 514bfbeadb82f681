/**
 * Message counts per campaign, by the method of the counters: changes of rows, so that a repeated receipt adds nothing. They count messages; a
 * recipient that was tried again has several.
 */
import { type Counts, contributionOf } from '../counters/projection.ts';
import type { MessageRow } from '../message/projection.ts';

export interface CampaignDelta extends Omit<Counts, 'received'> {
  tenant: string;
  campaignId: string;
}
const names = ['sent', 'delivered', 'read', 'failed'] as const;

/** Net change over many changes of rows; what cancels out is left out. */
export function countPerCampaign(
  changes: Iterable<{ before: MessageRow | undefined; after: MessageRow }>,
): CampaignDelta[] {
  const net = new Map<string, CampaignDelta>();
  for (const { before, after } of changes) {
    if (before !== undefined) add(net, before, -1);
    add(net, after, 1);
  }
  return [...net.values()].filter((delta) => names.some((name) => delta[name] !== 0));
}

function add(net: Map<string, CampaignDelta>, row: MessageRow, sign: 1 | -1): void {
  const { tenant, campaignId } = row;
  if (campaignId === null) return;
  const counts = contributionOf(row);
  if (counts === undefined) return;
  const key = `${tenant} ${campaignId}`;
  const sum = net.get(key) ?? { tenant, campaignId, sent: 0, delivered: 0, read: 0, failed: 0 };
  for (const name of names) sum[name] += sign * counts[name];
  net.set(key, sum);
}
