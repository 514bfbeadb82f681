import { insertRows, type Kysely, sql } from '@wam/service-kit/postgres';
import { type Histograms, hourKey, type LatencyDelta, sumOf } from './projection.ts';

export interface MessageLatencyTable {
  tenant: string;
  hour_at: Date;
  session_id: string;
  histograms: Histograms;
}

const columns = { tenant: 'uuid', hour_at: 'timestamptz', session_id: 'uuid', histograms: 'jsonb' } as const;
const replaceRow = sql`on conflict (tenant, hour_at, session_id) do update set histograms = excluded.histograms`;

/** Read-modify-write: there is one projector, and its transaction holds what it has read. */
export async function addToLatencies<DB>(db: Kysely<DB>, deltas: readonly LatencyDelta[]): Promise<void> {
  if (deltas.length === 0) return;
  const { rows } = await sql<MessageLatencyTable>`
    select latency.* from message_latency as latency
    join unnest(${deltas.map(({ tenant }) => tenant)}::uuid[], ${deltas.map(({ hourAt }) => hourAt)}::timestamptz[],
      ${deltas.map(({ sessionId }) => sessionId)}::uuid[]) as wanted(tenant, hour_at, session_id)
    using (tenant, hour_at, session_id)`.execute(db);
  const before = new Map(
    rows.map((row) => [
      hourKey({ tenant: row.tenant, sessionId: row.session_id, hourAt: row.hour_at.toISOString() }),
      row.histograms,
    ]),
  );
  await insertRows(db, {
    table: 'message_latency',
    columns,
    rows: deltas.map((delta) => ({
      tenant: delta.tenant,
      hour_at: delta.hourAt,
      session_id: delta.sessionId,
      histograms: sumOf(before.get(hourKey(delta)) ?? {}, delta.histograms),
    })),
    onConflict: replaceRow,
  });
}
