import { insertRows, type Kysely, sql } from '@wam/service-kit/postgres';
import { type CounterDelta, type Counts, countNames, rollUp, rollupMinutes, type SessionTotal } from './projection.ts';

export interface MessageCounterTable extends Counts {
  tenant: string;
  session_id: string;
  bucket_at: Date;
}
export interface MessageRollupTable extends MessageCounterTable {
  span_minutes: number;
}
export interface SessionCounterTable {
  tenant: string;
  session_id: string;
  sent: number;
  received: number;
}

const bucketColumns = {
  tenant: 'uuid',
  session_id: 'uuid',
  bucket_at: 'timestamptz',
  sent: 'int4',
  delivered: 'int4',
  read: 'int4',
  failed: 'int4',
  received: 'int4',
} as const;
const addTo = (table: string) =>
  sql`do update set ${sql.join(
    countNames.map((name) => sql`${sql.ref(name)} = ${sql.ref(`${table}.${name}`)} + ${sql.ref(`excluded.${name}`)}`),
  )}`;
const addToBucket = sql`on conflict (tenant, bucket_at, session_id) ${addTo('message_counter')}`;
const addToRollup = sql`on conflict (tenant, span_minutes, bucket_at, session_id) ${addTo('message_rollup')}`;

const totalColumns = { tenant: 'uuid', session_id: 'uuid', sent: 'int8', received: 'int8' } as const;
const addToTotal = sql`on conflict (tenant, session_id) do update set
  sent = session_counter.sent + excluded.sent,
  received = session_counter.received + excluded.received`;

/** Adds the changes; each counter at most once per call. */
export async function addToCounters<DB>(
  db: Kysely<DB>,
  deltas: readonly CounterDelta[],
  totals: readonly SessionTotal[],
): Promise<void> {
  const bucketRow = ({ sessionId, bucketAt, ...delta }: CounterDelta) => ({
    ...delta,
    session_id: sessionId,
    bucket_at: bucketAt,
  });
  await insertRows(db, {
    table: 'message_counter',
    columns: bucketColumns,
    rows: deltas.map(bucketRow),
    onConflict: addToBucket,
  });
  await insertRows(db, {
    table: 'message_rollup',
    columns: { ...bucketColumns, span_minutes: 'int2' },
    rows: rollUp(deltas).map(({ spanMinutes, ...delta }) => ({ ...bucketRow(delta), span_minutes: spanMinutes })),
    onConflict: addToRollup,
  });
  await insertRows(db, {
    table: 'session_counter',
    columns: totalColumns,
    rows: totals.map(({ sessionId, ...total }) => ({ ...total, session_id: sessionId })),
    onConflict: addToTotal,
  });
}

/** What `message_rollup` must be, from the quarters in `counters`: for a table that is new. */
export const rollUpCounters = (counters: string) => sql`
  select tenant, span_minutes, date_bin(make_interval(mins => span_minutes), bucket_at, 'epoch') as bucket_at, session_id,
    sum(sent)::int4 as sent, sum(delivered)::int4 as delivered, sum(read)::int4 as read, sum(failed)::int4 as failed,
    sum(received)::int4 as received
  from ${sql.table(counters)}, unnest(${rollupMinutes}::int2[]) as spans(span_minutes) group by 1, 2, 3, 4`;
