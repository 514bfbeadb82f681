import { type CampaignPace, type CampaignSchedule, isRejection } from '@wam/contracts';
import { unnestRows } from '@wam/service-kit/postgres';
import { type Kysely, sql } from 'kysely';
import type { CampaignCommand } from '../campaign/campaign-decider.ts';
import type { UsedSession } from '../campaign/plan-bulk-send.ts';
import { ensureLanes } from '../lanes/ensure-lanes.ts';
import { weightOfPlan } from '../lanes/weight-of-plan.ts';
import { type Campaign, type DispatcherTransaction, decideOn } from './campaign-row.ts';
import type { ContactSealer } from './contact-sealer.ts';
import { contactContext, messageContext, valuesContext } from './seal-contexts.ts';
import type { DispatcherTables } from './tables.ts';

export interface NewCampaign {
  campaignId: string;
  tenant: string;
  plan: string;
  kind: 'bulk-send' | 'campaign';
  name: string;
  correlationId: string;
  message: string;
  delayMs: number;
  pace: Required<CampaignPace> | undefined;
  schedule: CampaignSchedule | undefined;
  maxFailurePercent: number;
  sessions: readonly UsedSession[];
  recipients: readonly NewRecipient[];
  createdAt: Date;
  notAfter: Date;
}
export interface NewRecipient {
  position: number;
  contact: string;
  duplicateOf?: number | undefined;
  values?: Readonly<Record<string, string>>;
}

const recipientColumns = {
  campaign_id: 'text',
  position: 'int4',
  tenant: 'uuid',
  duplicate_of: 'int4',
  copies: 'int2',
  contact: 'bytea',
  contact_hash: 'bytea',
  values: 'bytea',
  updated_at: 'timestamptz',
} as const;

/**
 * Stores the campaign with its sessions, its recipients and the events of `commands`, or nothing.
 * @returns undefined when it is there already: the same request, carried out again, leaves it as it is
 */
export async function insertCampaign(
  tx: DispatcherTransaction,
  sealer: ContactSealer,
  campaign: NewCampaign,
): Promise<Campaign | undefined> {
  const { campaignId, tenant, createdAt } = campaign;
  await ensureLanes(tx, tenant, campaign.sessions, weightOfPlan(campaign.plan));
  const inserted = await tx
    .insertInto('campaign')
    .values({
      campaign_id: campaignId,
      tenant,
      kind: campaign.kind,
      name: campaign.name,
      correlation_id: campaign.correlationId,
      message: sealer.seal(messageContext(tenant, campaignId), campaign.message),
      delay_ms: campaign.delayMs,
      pace: campaign.pace === undefined ? null : JSON.stringify(campaign.pace),
      schedule: campaign.schedule === undefined ? null : JSON.stringify(campaign.schedule),
      max_failure_percent: campaign.maxFailurePercent,
      total: campaign.recipients.length,
      rows: campaign.recipients.length,
      status: 'draft',
      version: 0,
      created_at: createdAt,
      not_after: campaign.notAfter,
    })
    .onConflict((conflict) => conflict.column('campaign_id').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (inserted === undefined) return undefined;
  await tx
    .insertInto('campaign_sender')
    .values(
      campaign.sessions.map(({ sessionId }, ordinal) => ({
        campaign_id: campaignId,
        session_id: sessionId,
        tenant,
        ordinal,
      })),
    )
    .execute();
  await insertRecipients(tx, sealer, { campaignId, tenant, createdAt }, campaign.recipients);
  return inserted;
}

/** @returns the positions that were inserted; a number that the campaign has already is passed over */
export async function insertRecipients(
  tx: Kysely<DispatcherTables>,
  sealer: ContactSealer,
  { campaignId, tenant, createdAt }: Pick<NewCampaign, 'campaignId' | 'tenant' | 'createdAt'>,
  recipients: readonly NewRecipient[],
): Promise<Set<number>> {
  if (recipients.length === 0) return new Set();
  const copies = new Map<number, number>();
  for (const { duplicateOf } of recipients)
    if (duplicateOf !== undefined) copies.set(duplicateOf, (copies.get(duplicateOf) ?? 1) + 1);
  const rows = recipients.map(({ position, contact, duplicateOf, values }) => ({
    campaign_id: campaignId,
    position,
    tenant,
    duplicate_of: duplicateOf,
    copies: copies.get(position) ?? 1,
    contact: sealer.seal(contactContext(tenant, campaignId, position), contact),
    contact_hash: sealer.fingerprint(tenant, contact),
    values:
      values === undefined || Object.keys(values).length === 0
        ? undefined
        : sealer.seal(valuesContext(tenant, campaignId, position), JSON.stringify(values)),
    updated_at: createdAt,
  }));
  const names = sql.join(Object.keys(recipientColumns).map((name) => sql.ref(name)));
  const inserted = await sql<{ position: number }>`
    insert into campaign_recipient (${names}) select ${names} from ${unnestRows(recipientColumns, rows)}
    on conflict (campaign_id, contact_hash) where duplicate_of is null do nothing
    returning position`.execute(tx);
  return new Set(inserted.rows.map(({ position }) => position));
}

/** @throws Error when the rules refuse what its caller had checked */
export async function decideOrThrow(
  tx: DispatcherTransaction,
  campaign: Campaign,
  command: CampaignCommand,
  now: Date,
): Promise<Campaign> {
  const decided = await decideOn(tx, campaign, command, now);
  if (isRejection(decided)) throw new Error(`${command.type} of ${campaign.campaign_id} refused: ${decided.code}`);
  return decided;
}
