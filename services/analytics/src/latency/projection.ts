/**
 * How long messages take from one stage of their life to the next, as histograms per tenant, session and hour of acceptance. Like the
 * counters they follow transitions of rows: repeats add nothing, an earlier instant that comes late moves the message to its right
 * bin, and the histograms always equal a recount of the rows.
 */
import type { MessageRow } from '../message/projection.ts';

/** accepted -> sent -> delivered -> read; a stage is measured once both of its ends are known. */
export const stages = ['sent', 'delivered', 'read'] as const;
export type Stage = (typeof stages)[number];
/** Messages per bin, for each stage; bins that hold none are left out. */
export type Histograms = Partial<Record<Stage, Record<number, number>>>;

export interface HourKey {
  tenant: string;
  sessionId: string;
  /** Start of the hour of acceptance, ISO 8601 in UTC. */
  hourAt: string;
}
export interface LatencyDelta extends HourKey {
  histograms: Histograms;
}

/** Bins grow by 2^(1/4): a percentile read from the middle of its bin is at most 9 % off. */
const binsPerDoubling = 4;
/** Nothing slower than about six days is told apart. */
const lastBin = 29 * binsPerDoubling;

export function binOf(elapsedMs: number): number {
  if (elapsedMs < 1) return 0;
  return Math.min(lastBin, 1 + Math.floor(Math.log2(elapsedMs) * binsPerDoubling));
}

/** Geometric middle of a bin in milliseconds. */
export const middleOf = (bin: number): number => (bin === 0 ? 0 : Math.round(2 ** ((bin - 0.5) / binsPerDoubling)));

/** Stages of one message that are known, with their bins. Two clocks took the times: a negative span counts as none. */
function binsOf(row: MessageRow): [Stage, number][] {
  if (row.direction !== 'out') return [];
  const { acceptedAt, sentAt, deliveredAt, readAt } = row;
  const known: [Stage, number][] = [];
  const note = (stage: Stage, from: string | null, to: string | null): void => {
    if (from !== null && to !== null) known.push([stage, binOf(Date.parse(to) - Date.parse(from))]);
  };
  note('sent', acceptedAt, sentAt);
  note('delivered', sentAt, deliveredAt);
  note('read', deliveredAt, readAt);
  return known;
}

/** Net change of the histograms over many changes of rows. */
export function latencyTransitions(
  changes: Iterable<{ before: MessageRow | undefined; after: MessageRow }>,
): LatencyDelta[] {
  const net = new Map<string, LatencyDelta>();
  for (const { before, after } of changes) {
    if (before !== undefined) add(net, before, -1);
    add(net, after, 1);
  }
  return [...net.values()]
    .map((delta) => ({ ...delta, histograms: withoutZeros(delta.histograms) }))
    .filter(({ histograms }) => Object.keys(histograms).length > 0);
}

function add(net: Map<string, LatencyDelta>, row: MessageRow, sign: 1 | -1): void {
  if (row.acceptedAt === null) return;
  const bins = binsOf(row);
  if (bins.length === 0) return;
  const hourAt = `${row.acceptedAt.slice(0, 13)}:00:00.000Z`;
  const key = hourKey({ tenant: row.tenant, sessionId: row.sessionId, hourAt });
  const delta = net.get(key) ?? { tenant: row.tenant, sessionId: row.sessionId, hourAt, histograms: {} };
  net.set(key, delta);
  for (const [stage, bin] of bins) addTo(delta.histograms, stage, bin, sign);
}

function addTo(histograms: Histograms, stage: Stage, bin: number, count: number): void {
  const bins = histograms[stage] ?? {};
  histograms[stage] = bins;
  bins[bin] = (bins[bin] ?? 0) + count;
}

/** Once over the whole: a bin may come to zero and leave it again. */
function withoutZeros(histograms: Histograms): Histograms {
  const rest: Histograms = {};
  for (const stage of stages) {
    const bins = Object.entries(histograms[stage] ?? {}).filter(([, count]) => count !== 0);
    if (bins.length > 0) rest[stage] = Object.fromEntries(bins);
  }
  return rest;
}

export const hourKey = ({ tenant, sessionId, hourAt }: HourKey): string => `${tenant} ${sessionId} ${hourAt}`;

export function sumOf(...all: readonly Histograms[]): Histograms {
  const sum: Histograms = {};
  for (const histograms of all) {
    for (const stage of stages) {
      for (const [bin, count] of Object.entries(histograms[stage] ?? {})) addTo(sum, stage, Number(bin), count);
    }
  }
  return withoutZeros(sum);
}

export interface Percentiles {
  count: number;
  /** Milliseconds; null when nothing was measured. */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
}

export function percentilesOf(bins: Readonly<Record<number, number>> = {}): Percentiles {
  const sorted = Object.entries(bins)
    .map(([bin, count]) => ({ bin: Number(bin), count }))
    .sort((a, b) => a.bin - b.bin);
  const count = sorted.reduce((sum, entry) => sum + entry.count, 0);
  const quantile = (share: number): number | null => {
    let left = Math.ceil(count * share);
    for (const entry of sorted) {
      left -= entry.count;
      if (left <= 0) return middleOf(entry.bin);
    }
    return null;
  };
  return count === 0
    ? { count, p50Ms: null, p95Ms: null, p99Ms: null }
    : { count, p50Ms: quantile(0.5), p95Ms: quantile(0.95), p99Ms: quantile(0.99) };
}
