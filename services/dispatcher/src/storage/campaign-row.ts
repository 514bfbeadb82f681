/** The row of a campaign as the decider's state, and what its events do to the row. */
import { isRejection, type Rejection } from '@wam/contracts';
import type { Transaction } from '@wam/service-kit/postgres';
import { type Kysely, type Selectable, sql, type Updateable } from 'kysely';
import { campaignDeadline, longestCampaignMs } from '../campaign/campaign-deadline.ts';
import {
  type CampaignCommand,
  type CampaignFact,
  type CampaignState,
  campaignDecider,
  type Progress,
} from '../campaign/campaign-decider.ts';
import type { CampaignTable, DispatcherTables } from './tables.ts';

export type Campaign = Selectable<CampaignTable>;
export type DispatcherTransaction = Transaction<DispatcherTables>;

/** Another tenant's campaign is one that does not exist. */
export const findCampaign = (
  database: Kysely<DispatcherTables>,
  tenant: string,
  campaignId: string,
): Promise<Campaign | undefined> =>
  database
    .selectFrom('campaign')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst();

export const lockCampaign = (
  tx: DispatcherTransaction,
  tenant: string,
  campaignId: string,
): Promise<Campaign | undefined> =>
  tx
    .selectFrom('campaign')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('campaign_id', '=', campaignId)
    .forUpdate()
    .executeTakeFirst();

/** At most some dozen rows to add up, however many recipients there are. */
export async function readProgress(
  database: Kysely<DispatcherTables>,
  campaign: Pick<Campaign, 'campaign_id' | 'total'>,
): Promise<Progress> {
  const { sessionId, sent, failed, optedOut } = await database
    .selectFrom('campaign_sender')
    .select([
      sql<string | null>`(array_agg(session_id order by ordinal))[1]`.as('sessionId'),
      sql<number>`coalesce(sum(sent), 0)`.as('sent'),
      sql<number>`coalesce(sum(failed), 0)`.as('failed'),
      sql<number>`coalesce(sum(opted_out), 0)`.as('optedOut'),
    ])
    .where('campaign_id', '=', campaign.campaign_id)
    .executeTakeFirstOrThrow();
  const pending = campaign.total - sent - failed - optedOut;
  return { ...(sessionId !== null && { sessionId }), total: campaign.total, pending, sent, failed, optedOut };
}

/** Contacts that the sessions were given and whose outcome is open. */
export async function readQueued(
  database: Kysely<DispatcherTables>,
  { campaign_id }: Pick<Campaign, 'campaign_id'>,
): Promise<number> {
  const { queued } = await database
    .selectFrom('campaign_sender')
    .select(sql<number>`coalesce(sum(queued), 0)`.as('queued'))
    .where('campaign_id', '=', campaign_id)
    .executeTakeFirstOrThrow();
  return queued;
}

const stateOf = (row: Campaign): CampaignState => ({
  status: row.version === 0 ? 'absent' : row.status,
  total: row.total,
  reason: row.reason_code === null ? undefined : { code: row.reason_code, message: row.reason_text ?? '' },
  startAt: row.schedule?.startAt,
  hasStarted: row.started_at !== null,
});

/** Decides on a row that the caller has locked, stores the events and the row. @returns the row as it is then */
export async function decideOn(
  tx: DispatcherTransaction,
  row: Campaign,
  command: CampaignCommand,
  now: Date,
  correlationId = row.correlation_id,
): Promise<Campaign | Rejection> {
  const state = stateOf(row);
  const facts = campaignDecider.decide(command, state);
  if (isRejection(facts)) return facts;
  if (facts.length === 0) return row;
  await tx
    .insertInto('campaign_event')
    .values(
      facts.map((fact, i) => ({
        campaign_id: row.campaign_id,
        version: row.version + i + 1,
        tenant: row.tenant,
        type: fact.type,
        data: JSON.stringify(fact.data),
        at: now,
        correlation_id: correlationId,
      })),
    )
    .execute();
  const next = facts.reduce(campaignDecider.evolve, state);
  const changed: Updateable<CampaignTable> = {
    version: row.version + facts.length,
    status: next.status === 'absent' ? row.status : next.status,
    total: next.total,
    reason_code: next.reason?.code ?? null,
    reason_text: next.reason?.message ?? null,
  };
  for (const fact of facts) Object.assign(changed, timesAfter(fact, row, now));
  return tx
    .updateTable('campaign')
    .set(changed)
    .where('campaign_id', '=', row.campaign_id)
    .where('tenant', '=', row.tenant)
    .returningAll()
    .executeTakeFirstOrThrow();
}

function timesAfter(fact: CampaignFact, row: Campaign, now: Date): Updateable<CampaignTable> {
  switch (fact.type) {
    case 'CampaignStarted':
      return { started_at: now, not_after: deadline(row, fact.data.total, now) };
    case 'CampaignScheduled':
      return { paused_at: null };
    case 'CampaignPaused':
      return { paused_at: now };
    case 'CampaignResumed': {
      const restedMs = row.paused_at === null ? 0 : now.getTime() - row.paused_at.getTime();
      return { paused_at: null, recent_outcomes: '', not_after: new Date(row.not_after.getTime() + restedMs) };
    }
    case 'CampaignRetried':
      return { completed_at: null, recent_outcomes: '', not_after: deadline(row, fact.data.recipients, now) };
    case 'CampaignProgressed':
      return { progressed_at: now };
    case 'CampaignCancelled':
    case 'CampaignCompleted':
      return { completed_at: now };
    default:
      return {};
  }
}

/** A bulk send ends soon after its pace says so; other campaigns have a month. */
function deadline(row: Campaign, recipients: number, now: Date): Date {
  const usual = campaignDeadline(now.getTime(), recipients, row.delay_ms);
  const latest = now.getTime() + longestCampaignMs;
  return new Date(Math.max(row.not_after.getTime(), row.kind === 'bulk-send' ? Math.min(usual, latest) : latest));
}
