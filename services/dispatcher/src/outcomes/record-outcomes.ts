import { unnestRows } from '@wam/service-kit/postgres';
import { type Kysely, sql } from 'kysely';
import { completeCampaigns } from '../storage/complete-campaigns.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import type { Outcome } from './outcome-of.ts';

/**
 * Writes what became of the recipients. The first outcome of a message stays: a repeated event changes nothing.
 * @returns the campaigns that are complete now
 */
export async function recordOutcomes(
  tx: Kysely<DispatcherTables>,
  outcomes: readonly Outcome[],
  now: Date,
): Promise<string[]> {
  if (outcomes.length === 0) return [];
  const campaignIds = [...new Set(outcomes.map((outcome) => outcome.campaignId))];
  // Campaign before recipients, as the dispatch loop does: nobody waits for the other in a circle.
  const locked = await tx
    .selectFrom('campaign')
    .select('campaign_id')
    .where('campaign_id', 'in', campaignIds)
    .where('status', '=', 'running')
    .orderBy('campaign_id')
    .forUpdate()
    .execute();
  if (locked.length === 0) return [];

  const rows = firstPerMessage(outcomes).map(({ tenant, messageId, campaignId, state, errorCode }) => ({
    tenant,
    message_id: messageId,
    campaign_id: campaignId,
    state,
    error_code: errorCode,
  }));
  await sql`
    update campaign_recipient as recipient
    set state = outcome.state, error_code = outcome.error_code, updated_at = ${now}
    from ${unnestRows(columns, rows, 'outcome')}
    where recipient.message_id = outcome.message_id
      and recipient.campaign_id = outcome.campaign_id
      and recipient.tenant = outcome.tenant
      and recipient.state in ('pending', 'queued')`.execute(tx);

  const runningIds = locked.map((row) => row.campaign_id);
  // A campaign without a delay waits for room; now there is some.
  await tx
    .updateTable('campaign')
    .set({ next_send_at: now })
    .where('campaign_id', 'in', runningIds)
    .where('delay_ms', '=', 0)
    .execute();
  return completeCampaigns(tx, runningIds, now);
}

const columns = {
  tenant: 'uuid',
  message_id: 'text',
  campaign_id: 'text',
  state: 'text',
  error_code: 'text',
} as const;

/** An update that joins two rows to one takes either of them: which, is decided here. */
function firstPerMessage(outcomes: readonly Outcome[]): Outcome[] {
  const first = new Map<string, Outcome>();
  for (const outcome of outcomes) if (!first.has(outcome.messageId)) first.set(outcome.messageId, outcome);
  return [...first.values()];
}
