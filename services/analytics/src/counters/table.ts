import { insertRows, type Kysely, sql } from '@wam/service-kit/postgres';
import type { CounterDelta, Counts, SessionTotal } from './projection.ts';

export interface MessageCounterTable extends Counts {
  tenant: string;
  session_id: string;
  bucket_at: Date;
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
const addToBucket = sql`on conflict (tenant, bucket_at, session_id) do update set
  sent = message_counter.sent + excluded.sent,
  delivered = message_counter.delivered + excluded.delivered,
  read = message_counter.read + excluded.read,
  failed = message_counter.failed + excluded.failed,
  received = message_counter.received + excluded.received`;

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
  await insertRows(db, {
    table: 'message_counter',
    columns: bucketColumns,
    rows: deltas.map(({ sessionId, bucketAt, ...delta }) => ({
      ...delta,
      session_id: sessionId,
      bucket_at: bucketAt,
    })),
    onConflict: addToBucket,
  });
  await insertRows(db, {
    table: 'session_counter',
    columns: totalColumns,
    rows: totals.map(({ sessionId, ...total }) => ({ ...total, session_id: sessionId })),
    onConflict: addToTotal,
  });
}
