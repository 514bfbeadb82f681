import { type Kysely, sql } from 'kysely';
import type { DispatcherTables } from './tables.ts';

/**
 * Completes those of the campaigns that wait for nothing any more, and names them. The caller holds their row locks, so
 * that two closers of the last two recipients cannot both look before the other has committed.
 */
export async function completeCampaigns(
  tx: Kysely<DispatcherTables>,
  campaignIds: readonly string[],
  now: Date,
): Promise<string[]> {
  if (campaignIds.length === 0) return [];
  const completed = await tx
    .updateTable('campaign')
    .set({ status: 'completed', completed_at: now })
    .where('campaign_id', 'in', campaignIds)
    .where('status', '=', 'running')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('campaign_recipient')
            .select(sql`1`.as('open'))
            .whereRef('campaign_recipient.campaign_id', '=', 'campaign.campaign_id')
            .where('state', 'in', ['pending', 'queued']),
        ),
      ),
    )
    .returning('campaign_id')
    .execute();
  return completed.map((row) => row.campaign_id);
}
