/**
 * What the archive no longer holds cannot be replayed: it is taken over from the live tables. Retention drops whole months, so everything that
 * was accepted before the first kept month is copied; its later events, which may still be there, change nothing that is not so already.
 */
import { type Kysely, sql } from '@wam/service-kit/postgres';
import { recountCampaigns } from '../campaign/messages-table.ts';
import { rollUpCounters } from '../counters/table.ts';
import { type AnalyticsTables, schemaName } from '../database.ts';
import { readRetention } from '../retention/retention-table.ts';
import type { ProjectionName } from './projections.ts';

export async function seedFromTrimmed(
  live: Kysely<AnalyticsTables>,
  schema: string,
  projection: ProjectionName,
): Promise<void> {
  const retention = await readRetention(live);
  if (retention === undefined) return;
  const { keptFrom } = retention;
  const from = (table: string) => sql.table(`${schemaName}.${table}`);
  const into = (table: string) => sql.table(`${schema}.${table}`);
  if (projection === 'campaigns') {
    await sql`insert into ${into('campaign_view')} select * from ${from('campaign_view')}
      where created_at < ${keptFrom}`.execute(live);
    return;
  }
  if (projection === 'sessions') {
    await sql`insert into ${into('session_view')} select * from ${from('session_view')}
      where created_at < ${keptFrom}`.execute(live);
    // The end of one that lasted into the kept months is replayed; without it what is told of the connection meanwhile would begin another.
    await sql`insert into ${into('session_connection')} (tenant, session_id, connected_at, disconnected_at, cause)
      select tenant, session_id, connected_at,
        case when disconnected_at < ${keptFrom} then disconnected_at end, case when disconnected_at < ${keptFrom} then cause end
      from ${from('session_connection')} where connected_at < ${keptFrom}`.execute(live);
    return;
  }
  // By the same instant as it is counted.
  await sql`insert into ${into('message_view')} select * from ${from('message_view')}
    where coalesce(accepted_at, least(sent_at, delivered_at, read_at, failed_at)) < ${keptFrom}`.execute(live);
  await sql`insert into ${into('campaign_counter')} ${recountCampaigns(`${schema}.message_view`)}`.execute(live);
  await sql`insert into ${into('message_counter')} select * from ${from('message_counter')}
    where bucket_at < ${keptFrom}`.execute(live);
  await sql`insert into ${into('message_rollup')} ${rollUpCounters(`${schema}.message_counter`)}`.execute(live);
  await sql`insert into ${into('message_latency')} select * from ${from('message_latency')}
    where hour_at < ${keptFrom}`.execute(live);
  await sql`insert into ${into('session_counter')} (tenant, session_id, sent, received)
    select tenant, session_id, sum(sent), sum(received) from ${from('message_counter')}
    where bucket_at < ${keptFrom} group by 1, 2`.execute(live);
}
