import type { AnswerOf, getMessageLatency } from '@wam/contracts';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import { percentilesOf, type Stage, stages } from './projection.ts';

export interface LatencyQuery {
  days: number;
  sessionId?: string;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Percentiles over the messages accepted in the last `days` times 24 hours, to the hour. */
export async function readMessageLatency<DB>(
  db: Kysely<DB>,
  tenant: string,
  { days, sessionId }: LatencyQuery,
  now: number,
): Promise<AnswerOf<typeof getMessageLatency, 200>> {
  const to = new Date(now);
  const from = new Date(Math.floor((now - days * dayMs) / hourMs) * hourMs);
  const { rows } = await sql<{ stage: Stage; bin: number; count: number }>`
    select stages.key as stage, bins.key::int4 as bin, sum(bins.value::int8)::int8 as count
    from message_latency
    cross join lateral jsonb_each(histograms) as stages
    cross join lateral jsonb_each_text(stages.value) as bins
    where tenant = ${tenant} and hour_at >= ${from} and hour_at <= ${to}
      ${sessionId === undefined ? sql`` : sql`and session_id = ${sessionId}`}
    group by 1, 2`.execute(db);
  const [sent, delivered, read] = stages.map((stage) =>
    percentilesOf(Object.fromEntries(rows.filter((row) => row.stage === stage).map((row) => [row.bin, row.count]))),
  );
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    acceptedToSent: sent!,
    sentToDelivered: delivered!,
    deliveredToRead: read!,
  };
}
