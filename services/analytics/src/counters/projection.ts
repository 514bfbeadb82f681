/**
 * Message counts per tenant, session and quarter of an hour. Counted are transitions of {@link MessageRow}s, never events: a change
 * of a row takes its old contribution back and adds the new one, so that repeats add nothing and the sums always equal a recount
 * of the rows. A message counts in the quarter in which it was accepted (its cohort), hence delivered <= sent holds for every
 * quarter and every day.
 */
import type { MessageRow } from '../message/projection.ts';

/** Every UTC offset in use is a multiple of 15 minutes: quarters add up to a day of any time zone. */
export const bucketMs = 15 * 60_000;

export interface Counts {
  sent: number;
  delivered: number;
  read: number;
  failed: number;
  received: number;
}
export const countNames = ['sent', 'delivered', 'read', 'failed', 'received'] as const satisfies (keyof Counts)[];

export interface CounterDelta extends Counts {
  tenant: string;
  sessionId: string;
  /** Start of the quarter, ISO 8601 in UTC. */
  bucketAt: string;
}

/** What one message adds to the counters; a pure function of its row. */
export function contributionOf(row: MessageRow): CounterDelta | undefined {
  const at = cohortOf(row);
  if (at === undefined) return undefined;
  const delivered = row.status === 'delivered' || row.status === 'read';
  return {
    tenant: row.tenant,
    sessionId: row.sessionId,
    bucketAt: quarterOf(at),
    sent: delivered || row.status === 'sent' ? 1 : 0,
    delivered: delivered ? 1 : 0,
    read: row.status === 'read' ? 1 : 0,
    failed: row.status === 'failed' ? 1 : 0,
    received: row.direction === 'in' && isMessage(row) ? 1 : 0,
  };
}

/** `2024-01-08T23:47:12.345Z` -> `2024-01-08T23:45:00.000Z`. On the text: parsing and printing dates was a tenth of the whole fold. */
function quarterOf(at: string): string {
  const quarter = Math.floor(Number(at.slice(14, 16)) / 15) * 15;
  return `${at.slice(0, 14)}${quarter === 0 ? '00' : quarter}:00.000Z`;
}

/** Until the acceptance is known (a receipt overtook it) the earliest known instant stands in; the count moves later. */
function cohortOf(row: MessageRow): string | undefined {
  if (row.acceptedAt !== null) return row.acceptedAt;
  const known = [row.sentAt, row.deliveredAt, row.readAt, row.failedAt].filter((at) => at !== null);
  return known.sort()[0];
}

/** Reactions, edits and deletions are about another message. */
const isMessage = ({ kind }: MessageRow): boolean => kind !== 'reaction' && kind !== 'edit' && kind !== 'delete';

/** Net change of the counters over many changes of rows; entries that cancel out are left out. */
export function countTransitions(
  changes: Iterable<{ before: MessageRow | undefined; after: MessageRow }>,
): CounterDelta[] {
  const net = new Map<string, CounterDelta>();
  for (const { before, after } of changes) {
    if (before !== undefined) add(net, contributionOf(before), -1);
    add(net, contributionOf(after), 1);
  }
  return [...net.values()].filter(isChange);
}

function add(net: Map<string, CounterDelta>, delta: CounterDelta | undefined, sign: 1 | -1): void {
  if (delta === undefined) return;
  const key = `${delta.tenant} ${delta.sessionId} ${delta.bucketAt}`;
  const sum = net.get(key) ?? { ...delta, sent: 0, delivered: 0, read: 0, failed: 0, received: 0 };
  for (const name of countNames) sum[name] += sign * delta[name];
  net.set(key, sum);
}

/**
 * Sums over more than a quarter, so that a month is no three thousand rows per session. A day of a time zone is made of the longest that fit:
 * at +05:30 three of six hours, five of one and four quarters. Days as such would serve hardly any zone.
 */
export const rollupMinutes = [60, 360] as const;

export interface RollupDelta extends CounterDelta {
  spanMinutes: number;
}

/** The same changes summed per longer span; `bucketAt` is its start, on a multiple of it in UTC. */
export function rollUp(deltas: readonly CounterDelta[]): RollupDelta[] {
  return rollupMinutes.flatMap((spanMinutes) => {
    const net = new Map<string, CounterDelta>();
    const spanMs = spanMinutes * 60_000;
    for (const delta of deltas) {
      const startMs = Math.floor(Date.parse(delta.bucketAt) / spanMs) * spanMs;
      add(net, { ...delta, bucketAt: new Date(startMs).toISOString() }, 1);
    }
    return [...net.values()].filter(isChange).map((delta) => ({ ...delta, spanMinutes }));
  });
}

const isChange = (delta: CounterDelta): boolean => countNames.some((name) => delta[name] !== 0);

export interface SessionTotal {
  tenant: string;
  sessionId: string;
  sent: number;
  received: number;
}

/** The same changes summed over all time, per session. */
export function totalPerSession(deltas: readonly CounterDelta[]): SessionTotal[] {
  const totals = new Map<string, SessionTotal>();
  for (const { tenant, sessionId, sent, received } of deltas) {
    const key = `${tenant} ${sessionId}`;
    const total = totals.get(key) ?? { tenant, sessionId, sent: 0, received: 0 };
    totals.set(key, { ...total, sent: total.sent + sent, received: total.received + received });
  }
  return [...totals.values()].filter((total) => total.sent !== 0 || total.received !== 0);
}
