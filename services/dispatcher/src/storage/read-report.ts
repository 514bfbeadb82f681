import type { Sealer } from '@wam/service-kit';
import type { Kysely } from 'kysely';
import { type CampaignReport, campaignReport } from '../domain/campaign-report.ts';
import { contactContext } from './seal-contexts.ts';
import type { DispatcherTables } from './tables.ts';

/** Undefined when this tenant has no such campaign. */
export async function readReport(
  database: Kysely<DispatcherTables>,
  sealer: Sealer,
  tenant: string,
  campaignId: string,
): Promise<CampaignReport | undefined> {
  const rows = await database
    .selectFrom('campaign_recipient')
    .select(['position', 'contact', 'state', 'error_code'])
    .where('tenant', '=', tenant)
    .where('campaign_id', '=', campaignId)
    .orderBy('position')
    .execute();
  // A campaign has at least one recipient, and is stored together with them.
  if (rows.length === 0) return undefined;
  const outcomes = rows.map((row) => ({
    contact: sealer.open(contactContext(tenant, campaignId, row.position), row.contact).toString('utf8'),
    state: row.state,
    errorCode: row.error_code,
  }));
  return campaignReport(campaignId, outcomes);
}

export async function isCompleted(
  database: Kysely<DispatcherTables>,
  tenant: string,
  campaignId: string,
): Promise<boolean> {
  const row = await database
    .selectFrom('campaign')
    .select('status')
    .where('tenant', '=', tenant)
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst();
  return row?.status === 'completed';
}
