import { insertRows, type Kysely, sql } from '@wam/service-kit/postgres';
import type { CampaignRow } from './projection.ts';

export interface CampaignViewTable {
  tenant: string;
  campaign_id: string;
  version: number;
  name: string;
  status: CampaignRow['status'];
  reason_code: string | null;
  reason_message: string | null;
  total: number;
  pending: number;
  sent: number;
  failed: number;
  opted_out: number;
  cancelled: number;
  created_at: Date;
  started_at: Date | null;
  completed_at: Date | null;
  updated_at: Date;
}

const columns = {
  tenant: 'uuid',
  campaign_id: 'text',
  version: 'int8',
  name: 'text',
  status: 'text',
  reason_code: 'text',
  reason_message: 'text',
  total: 'int8',
  pending: 'int8',
  sent: 'int8',
  failed: 'int8',
  opted_out: 'int8',
  cancelled: 'int8',
  created_at: 'timestamptz',
  started_at: 'timestamptz',
  completed_at: 'timestamptz',
  updated_at: 'timestamptz',
} as const;
const mutable = Object.keys(columns).filter((name) => !['tenant', 'campaign_id', 'created_at'].includes(name));
const replaceRow = sql`on conflict (tenant, campaign_id) do update set ${sql.join(
  mutable.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
)}`;

/** The same campaign id of another tenant is another campaign. */
export const campaignKey = (tenant: string, campaignId: string): string => `${campaignId} ${tenant}`;

export async function loadCampaigns<DB>(
  db: Kysely<DB>,
  keys: readonly { tenant: string; campaignId: string }[],
): Promise<Map<string, CampaignRow>> {
  const found = await sql<CampaignViewTable>`
    select view.* from campaign_view as view
    join unnest(${keys.map(({ tenant }) => tenant)}::uuid[], ${keys.map(({ campaignId }) => campaignId)}::text[])
      as wanted(tenant, campaign_id)
    using (tenant, campaign_id)`.execute(db);
  return new Map(found.rows.map((row) => [campaignKey(row.tenant, row.campaign_id), fromTable(row)]));
}

export async function saveCampaigns<DB>(db: Kysely<DB>, campaigns: readonly CampaignRow[]): Promise<void> {
  await insertRows(db, { table: 'campaign_view', columns, rows: campaigns.map(toTable), onConflict: replaceRow });
}

export function fromTable(row: CampaignViewTable): CampaignRow {
  return {
    tenant: row.tenant,
    campaignId: row.campaign_id,
    version: row.version,
    name: row.name,
    status: row.status,
    reasonCode: row.reason_code,
    reasonMessage: row.reason_message,
    total: row.total,
    pending: row.pending,
    sent: row.sent,
    failed: row.failed,
    optedOut: row.opted_out,
    cancelled: row.cancelled,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    completedAt: row.completed_at?.toISOString() ?? null,
    updatedAt: row.updated_at.toISOString(),
  };
}

function toTable(row: CampaignRow): Record<keyof typeof columns, unknown> {
  return {
    tenant: row.tenant,
    campaign_id: row.campaignId,
    version: row.version,
    name: row.name,
    status: row.status,
    reason_code: row.reasonCode,
    reason_message: row.reasonMessage,
    total: row.total,
    pending: row.pending,
    sent: row.sent,
    failed: row.failed,
    opted_out: row.optedOut,
    cancelled: row.cancelled,
    created_at: row.createdAt,
    started_at: row.startedAt,
    completed_at: row.completedAt,
    updated_at: row.updatedAt,
  };
}
