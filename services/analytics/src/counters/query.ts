import type { AnswerOf, getMessageStats } from '@wam/contracts';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import { lastDays } from './days.ts';
import type { Counts } from './projection.ts';

export interface StatsQuery {
  days: number;
  timeZone: string;
  sessionId?: string;
}

/** Totals of the asked days and one point per day, oldest first. `now` in epoch ms decides which day is the last. */
export async function readMessageStats<DB>(
  db: Kysely<DB>,
  tenant: string,
  { days, timeZone, sessionId }: StatsQuery,
  now: number,
): Promise<AnswerOf<typeof getMessageStats, 200>> {
  const { boundaries, labels } = lastDays(days, timeZone, now);
  const instants = boundaries.map((at) => new Date(at).toISOString());
  const found = await sql<{ day: number } & Omit<Counts, 'received'>>`
    select width_bucket(bucket_at, ${instants}::timestamptz[]) as day,
      sum(sent)::int8 as sent, sum(delivered)::int8 as delivered, sum(read)::int8 as read, sum(failed)::int8 as failed
    from message_counter
    where tenant = ${tenant} and bucket_at >= ${instants[0]} and bucket_at < ${instants.at(-1)}
      ${sessionId === undefined ? sql`` : sql`and session_id = ${sessionId}`}
    group by 1`.execute(db);
  // width_bucket numbers the spans between the thresholds from 1.
  const byDay = new Map(found.rows.map((row) => [row.day - 1, row]));
  const series = (name: 'sent' | 'delivered' | 'read' | 'failed'): number[] =>
    labels.map((_, day) => byDay.get(day)?.[name] ?? 0);
  const chart = {
    labels,
    sent: series('sent'),
    delivered: series('delivered'),
    read: series('read'),
    failed: series('failed'),
  };
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const sent = total(chart.sent);
  const failed = total(chart.failed);
  return {
    success: true,
    totals: { sent, delivered: total(chart.delivered), read: total(chart.read), failed, total: sent + failed },
    chart,
  };
}
