import type { AnswerOf, getMessageStats } from '@wam/contracts';
import { type Kysely, sql, unnestRows } from '@wam/service-kit/postgres';
import { lastDays } from './days.ts';
import { piecesOf, quarterMinutes } from './pieces.ts';
import type { Counts } from './projection.ts';

export interface StatsQuery {
  days: number;
  timeZone: string;
  sessionId?: string;
}

const pieceColumns = { day: 'int4', span_minutes: 'int2', from_at: 'timestamptz', to_at: 'timestamptz' } as const;

/** Totals of the asked days and one point per day, oldest first. `now` in epoch ms decides which day is the last. */
export async function readMessageStats<DB>(
  db: Kysely<DB>,
  tenant: string,
  { days, timeZone, sessionId }: StatsQuery,
  now: number,
): Promise<AnswerOf<typeof getMessageStats, 200>> {
  const { boundaries, labels } = lastDays(days, timeZone, now);
  const pieces = labels.flatMap((_, day) =>
    piecesOf(boundaries[day]!, boundaries[day + 1]!).map(({ spanMinutes, from, to }) => ({
      day,
      span_minutes: spanMinutes,
      from_at: new Date(from),
      to_at: new Date(to),
    })),
  );
  const counted = sql`select sum(sent) as sent, sum(delivered) as delivered, sum(read) as read, sum(failed) as failed`;
  const wanted = sql`tenant = ${tenant} and bucket_at >= from_at and bucket_at < to_at
    ${sessionId === undefined ? sql`` : sql`and session_id = ${sessionId}`}`;
  const found = await sql<{ day: number } & Omit<Counts, 'received'>>`
    select day, sum(sent)::int8 as sent, sum(delivered)::int8 as delivered, sum(read)::int8 as read, sum(failed)::int8 as failed
    from ${unnestRows(pieceColumns, pieces, 'piece')} cross join lateral (
      ${counted} from message_counter where piece.span_minutes = ${quarterMinutes} and ${wanted}
      union all
      ${counted} from message_rollup where message_rollup.span_minutes = piece.span_minutes and ${wanted}
    ) as sums
    group by day having count(sent) > 0`.execute(db);
  const byDay = new Map(found.rows.map((row) => [row.day, row]));
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
