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
  const keptFrom = await readRetention(live);
  if (keptFrom === undefined) return;
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
    await sql`insert into ${into('session_connection')} select * from ${from('session_connection')}
      where connected_at < ${keptFrom}`.execute(live);
    return;
  }
  await sql`insert into ${into('message_view')} select * from ${from('message_view')}
    where coalesce(accepted_at, '-infinity') < ${keptFrom}`.execute(live);
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
