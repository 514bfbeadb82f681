import { busHeaders, type CampaignEvent, subjects } from '@wam/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { CampaignTable, DispatcherTables } from '../storage/tables.ts';
import type { DispatchDeps } from './dispatch-next-campaign.ts';

const batchSize = 50;

/**
 * Stores the events that are due in the log, then notes it: the campaign's row is its outbox. After a crash in between
 * an event is published again under the same id, which every reader knows.
 * @returns how many campaigns it looked at; as many as the batch size means that there may be more
 */
export async function publishCampaignEvents(
  deps: Pick<DispatchDeps, 'database' | 'publisher' | 'clock'>,
): Promise<void> {
  const { database, clock } = deps;
  await database.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom('campaign')
      .selectAll()
      .where(({ or, and, eb }) =>
        or([
          eb('started_published_at', 'is', null),
          and([eb('status', '=', 'completed'), eb('completed_published_at', 'is', null)]),
        ]),
      )
      .orderBy('created_at')
      .limit(batchSize)
      .forUpdate()
      .skipLocked()
      .execute();
    for (const campaign of due) {
      const now = new Date(clock.now());
      if (campaign.started_published_at === null) {
        await publish(deps, startedEvent(campaign));
        await mark(tx, campaign, { started_published_at: now });
      }
      if (campaign.status === 'completed') {
        await publish(deps, await completedEvent(tx, campaign));
        await mark(tx, campaign, { completed_published_at: now });
      }
    }
  });
}

type Transaction = Kysely<DispatcherTables>;
type Campaign = Selectable<CampaignTable>;

const publish = ({ publisher }: Pick<DispatchDeps, 'publisher'>, event: CampaignEvent) =>
  publisher.publish(subjects.event('campaign', event.tenant, event.data.campaignId), JSON.stringify(event), {
    msgId: event.id,
    headers: { [busHeaders.type]: event.type },
    timeoutMs: 5000,
  });

const mark = (
  tx: Transaction,
  { campaign_id, tenant }: Campaign,
  published: { started_published_at: Date } | { completed_published_at: Date },
) =>
  tx
    .updateTable('campaign')
    .set(published)
    .where('campaign_id', '=', campaign_id)
    .where('tenant', '=', tenant)
    .execute();

function startedEvent(campaign: Campaign): CampaignEvent {
  return {
    ...envelopeOf(campaign, 1, campaign.created_at),
    type: 'CampaignStarted',
    data: {
      campaignId: campaign.campaign_id,
      sessionId: campaign.session_id,
      total: campaign.total,
      delayMs: campaign.delay_ms,
    },
  };
}

async function completedEvent(tx: Transaction, campaign: Campaign): Promise<CampaignEvent> {
  const { sent, failed } = await tx
    .selectFrom('campaign_recipient')
    .select([
      sql<number>`count(*) filter (where state = 'sent')`.as('sent'),
      sql<number>`count(*) filter (where state = 'failed')`.as('failed'),
    ])
    .where('campaign_id', '=', campaign.campaign_id)
    .where('tenant', '=', campaign.tenant)
    .executeTakeFirstOrThrow();
  return {
    ...envelopeOf(campaign, 2, campaign.completed_at ?? campaign.created_at),
    type: 'CampaignCompleted',
    data: { campaignId: campaign.campaign_id, sessionId: campaign.session_id, sent, failed },
  };
}

/** A campaign has exactly two events, so their versions and ids are known without reading the log. */
const envelopeOf = (campaign: Campaign, version: 1 | 2, at: Date) => ({
  id: `${campaign.campaign_id}-${version}`,
  v: 1,
  version,
  tenant: campaign.tenant,
  at: at.toISOString(),
  correlationId: campaign.correlation_id,
  causationId: campaign.correlation_id,
});
