import type { Sealer } from '@wam/service-kit';
import type { Kysely } from 'kysely';
import type { Campaign } from './campaign-row.ts';
import { problemContext } from './seal-contexts.ts';
import type { CampaignProblemTable, DispatcherTables } from './tables.ts';

export interface ProblemView {
  ordinal: number;
  row: number;
  kind: CampaignProblemTable['kind'];
  reason: string;
  value: string;
}

/** The first rows that are no recipients, without what stands in them: it may be a number. */
export const readFaults = (
  database: Kysely<DispatcherTables>,
  { campaign_id: campaignId, tenant }: Campaign,
  limit: number,
): Promise<Pick<ProblemView, 'row' | 'kind' | 'reason'>[]> =>
  database
    .selectFrom('campaign_problem')
    .select(['row_number as row', 'kind', 'reason'])
    .where('campaign_id', '=', campaignId)
    .where('tenant', '=', tenant)
    .orderBy('ordinal')
    .limit(limit)
    .execute();

export async function readProblems(
  database: Kysely<DispatcherTables>,
  sealer: Sealer,
  { campaign_id: campaignId, tenant }: Campaign,
  { from, limit }: { from: number; limit: number },
): Promise<ProblemView[]> {
  const rows = await database
    .selectFrom('campaign_problem')
    .select(['ordinal', 'row_number', 'kind', 'reason', 'value'])
    .where('campaign_id', '=', campaignId)
    .where('tenant', '=', tenant)
    .where('ordinal', '>=', from)
    .orderBy('ordinal')
    .limit(limit)
    .execute();
  return rows.map(({ ordinal, row_number: row, kind, reason, value }) => ({
    ordinal,
    row,
    kind,
    reason,
    value: sealer.open(problemContext(tenant, campaignId, ordinal), value).toString(),
  }));
}
