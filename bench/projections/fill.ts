/** Millions of messages that were sent long before the measurement, made inside Postgres: 90 days, 10 tenants, 50 sessions. */
import { type Kysely, sql } from '@wam/service-kit/postgres';

export const tenantOf = (index: number): string => `00000000-0000-4000-8000-${String(index % 10).padStart(12, '0')}`;
export const sessionOf = (index: number): string => `00000000-0000-4000-9000-${String(index % 50).padStart(12, '0')}`;
/** In the order of acceptance, as ULIDs are. */
export const messageIdOf = (index: number): string => `msg_${String(index).padStart(26, '0')}`;

const tenant = sql`('00000000-0000-4000-8000-' || lpad((n % 10)::text, 12, '0'))::uuid`;
const session = sql`('00000000-0000-4000-9000-' || lpad((n % 50)::text, 12, '0'))::uuid`;

/**
 * Messages `from` up to `to`, spread over the last 90 days; then the counters, anew. Whatever is there is spread over the same days: more messages
 * make the counters of an account higher, not more, until every quarter of an hour has one.
 */
export async function fill<DB>(db: Kysely<DB>, from: number, to: number): Promise<void> {
  const at = sql`now() - interval '1 day' - interval '90 days' * (1 - (n - ${from})::float8 / ${to - from}::float8)`;
  // Index by index over random keys would take an hour; built over the whole it is minutes.
  const { rows: indexes } = await sql<{ name: string; definition: string }>`
    select indexname as name, indexdef as definition from pg_indexes
    where tablename = 'message_view' and schemaname = 'analytics' and indexname not like '%pkey'`.execute(db);
  for (const { name } of indexes) await sql`drop index ${sql.table(name)}`.execute(db);
  const step = 500_000;
  for (let start = from; start < to; start += step) {
    await sql`insert into message_view (message_id, tenant, session_id, wa_message_id, direction, kind, recipient, excerpt,
        status, accepted_at, sent_at, delivered_at, read_at, failed_at, error_code, error_reason, campaign_id)
      select 'msg_' || lpad(n::text, 26, '0'), ${tenant}, ${session}, '3EB0' || lpad(to_hex(n), 18, '0'), 'out', 'text',
        '9198' || lpad((n % 100000000)::text, 8, '0'), 'Hello, this is the text of message ' || n,
        case when n % 50 = 7 then 'failed' else 'read' end, ${at}, case when n % 50 <> 7 then ${at} end,
        case when n % 50 <> 7 then ${at} end, case when n % 50 <> 7 then ${at} end, case when n % 50 = 7 then ${at} end,
        case when n % 50 = 7 then 'NOT_ON_WHATSAPP' end, case when n % 50 = 7 then 'no such number' end, null
      from generate_series(${start}::int8, ${Math.min(start + step, to) - 1}::int8) as n`.execute(db);
  }
  for (const { definition } of indexes) await sql.raw(definition).execute(db);
  await sql`truncate message_counter, message_rollup, session_counter`.execute(db);
  await sql`insert into message_counter
    select tenant, date_bin('15 minutes', accepted_at, 'epoch'), session_id, count(sent_at), count(delivered_at),
      count(read_at), count(failed_at), 0
    from message_view group by 1, 2, 3`.execute(db);
  await sql`insert into message_rollup
    select tenant, span_minutes, date_bin(make_interval(mins => span_minutes), bucket_at, 'epoch'), session_id,
      sum(sent), sum(delivered), sum(read), sum(failed), sum(received)
    from message_counter, unnest('{60,360}'::int[]) as span_minutes group by 1, 2, 3, 4`.execute(db);
  await sql`insert into session_counter
    select tenant, session_id, sum(sent), sum(received) from message_counter group by 1, 2`.execute(db);
  await sql`vacuum analyze`.execute(db);
}
