import type { Sealer } from '@wam/service-kit';
import type { Kysely } from 'kysely';
import { type CampaignReport, campaignReport } from '../campaign/campaign-report.ts';
import { shownStateOf } from './read-recipients.ts';
import { contactContext } from './seal-contexts.ts';
import type { DispatcherTables } from './tables.ts';

/** Every contact of a bulk send, at most 10,000. Undefined when this tenant has no such bulk send. */
export async function readReport(
  database: Kysely<DispatcherTables>,
  sealer: Sealer,
  tenant: string,
  campaignId: string,
): Promise<CampaignReport | undefined> {
  const rows = await database
    .selectFrom('campaign_recipient')
    .innerJoin('campaign', 'campaign.campaign_id', 'campaign_recipient.campaign_id')
    .select(['position', 'duplicate_of', 'contact', 'state', 'error_code', 'campaign.status'])
    .where('campaign.tenant', '=', tenant)
    .where('campaign.kind', '=', 'bulk-send')
    .where('campaign.campaign_id', '=', campaignId)
    .orderBy('position')
    .execute();
  // A bulk send has at least one contact, and is stored together with them.
  if (rows.length === 0) return undefined;
  const outcomes = rows.map((row) => {
    // Only the first row with a number is sent, and stands for the others.
    const { state, error_code: errorCode, status } = row.duplicate_of === null ? row : (rows[row.duplicate_of] ?? row);
    const contact = sealer.open(contactContext(tenant, campaignId, row.position), row.contact).toString('utf8');
    return { contact, state: shownStateOf(state, status === 'cancelled'), errorCode };
  });
  return campaignReport(campaignId, outcomes);
}

/** Whether there is nothing to wait for any more; a paused campaign may take days. */
export async function isSettled(
  database: Kysely<DispatcherTables>,
  tenant: string,
  campaignId: string,
): Promise<'completed' | 'stopped' | 'open'> {
  const row = await database
    .selectFrom('campaign')
    .select('status')
    .where('tenant', '=', tenant)
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst();
  if (row?.status === 'completed') return 'completed';
  return row?.status === 'running' ? 'open' : 'stopped';
}
