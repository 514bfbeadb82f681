import type { Sealer } from '@wam/service-kit';
import { insertRows } from '@wam/service-kit/postgres';
import type { Kysely } from 'kysely';
import type { PlannedCampaign } from '../domain/start-campaign.ts';
import { contactContext, messageContext } from './seal-contexts.ts';
import type { DispatcherTables } from './tables.ts';

const recipientColumns = {
  campaign_id: 'text',
  position: 'int4',
  tenant: 'uuid',
  message_id: 'text',
  duplicate_of: 'int4',
  contact: 'bytea',
  updated_at: 'timestamptz',
} as const;

/** Stores the campaign with all its recipients, or nothing. One that is there already (the same request, carried out again) stays as it is. */
export async function insertCampaign(
  database: Kysely<DispatcherTables>,
  sealer: Sealer,
  campaign: PlannedCampaign & { tenant: string; correlationId: string },
): Promise<void> {
  const { campaignId, tenant } = campaign;
  const createdAt = new Date(campaign.createdAtMs);
  await database.transaction().execute(async (tx) => {
    const inserted = await tx
      .insertInto('campaign')
      .values({
        campaign_id: campaignId,
        tenant,
        session_id: campaign.sessionId,
        pool: campaign.pool,
        correlation_id: campaign.correlationId,
        message: sealer.seal(messageContext(tenant, campaignId), campaign.message),
        delay_ms: campaign.delayMs,
        total: campaign.recipients.length,
        created_at: createdAt,
        not_after: new Date(campaign.notAfterMs),
        next_send_at: createdAt,
      })
      .onConflict((conflict) => conflict.column('campaign_id').doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 1n) return;
    await insertRows(tx, {
      table: 'campaign_recipient',
      columns: recipientColumns,
      rows: campaign.recipients.map((recipient) => ({
        campaign_id: campaignId,
        position: recipient.position,
        tenant,
        message_id: recipient.messageId,
        duplicate_of: recipient.duplicateOf,
        contact: sealer.seal(contactContext(tenant, campaignId, recipient.position), recipient.contact),
        updated_at: createdAt,
      })),
    });
  });
}
