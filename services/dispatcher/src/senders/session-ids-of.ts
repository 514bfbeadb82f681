import type { Kysely } from 'kysely';
import type { DispatcherTables } from '../storage/tables.ts';

/** Sessions of a campaign in the order in which they were named. */
export async function sessionIdsOf(database: Kysely<DispatcherTables>, campaignId: string): Promise<string[]> {
  const rows = await database
    .selectFrom('campaign_sender')
    .select('session_id')
    .where('campaign_id', '=', campaignId)
    .orderBy('ordinal')
    .execute();
  return rows.map((row) => row.session_id);
}
