/** One step of sending: takes a due campaign, publishes what is due of it, and says when it is due again. */
import type { Clock, Logger, Sealer } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import type { Kysely, Selectable } from 'kysely';
import { dueRecipients, nextSendAt } from '../domain/pace.ts';
import { completeCampaigns } from '../storage/complete-campaigns.ts';
import { contactContext, messageContext } from '../storage/seal-contexts.ts';
import type { CampaignTable, DispatcherTables } from '../storage/tables.ts';
import { sendMessageCommand } from './send-message-command.ts';

export interface DispatchDeps {
  database: Kysely<DispatcherTables>;
  publisher: Publisher;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
}

/** The row lock is held while publishing; a bus that does not answer must not keep it for long. */
const publishTimeoutMs = 5000;

export type DispatchStep =
  /** Nothing was due, or another process is at it. */
  { kind: 'idle' } | { kind: 'stepped'; completed: string[] };

/**
 * The recipients are marked before their commands are published, and both is one transaction: a crash in between
 * publishes the same commands again, which the bus and the engine know by their ids.
 */
export async function dispatchNextCampaign(deps: DispatchDeps): Promise<DispatchStep> {
  const now = new Date(deps.clock.now());
  return deps.database.transaction().execute(async (tx) => {
    const campaign = await takeDueCampaign(tx, now);
    if (campaign === undefined) return { kind: 'idle' };

    await failOverdue(tx, campaign, now);
    const outstanding = await countOutstanding(tx, campaign.campaign_id);
    const pace = { delayMs: campaign.delay_ms, nextSendAtMs: campaign.next_send_at.getTime(), outstanding };
    const stored = await sendDue(deps, tx, campaign, dueRecipients(now.getTime(), pace), now);
    await tx
      .updateTable('campaign')
      .set({ next_send_at: new Date(nextSendAt(now.getTime(), campaign.delay_ms, stored)) })
      .where('campaign_id', '=', campaign.campaign_id)
      .execute();
    return { kind: 'stepped', completed: await completeCampaigns(tx, [campaign.campaign_id], now) };
  });
}

type Transaction = Kysely<DispatcherTables>;
type Campaign = Selectable<CampaignTable>;

const takeDueCampaign = (tx: Transaction, now: Date): Promise<Campaign | undefined> =>
  tx
    .selectFrom('campaign')
    .selectAll()
    .where('status', '=', 'running')
    .where('next_send_at', '<=', now)
    .orderBy('next_send_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();

async function countOutstanding(tx: Transaction, campaignId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('campaign_recipient')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('campaign_id', '=', campaignId)
    .where('state', '=', 'queued')
    .where('duplicate_of', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
}

/** @returns how many commands the bus has stored */
async function sendDue(
  deps: DispatchDeps,
  tx: Transaction,
  campaign: Campaign,
  limit: number,
  now: Date,
): Promise<number> {
  if (limit === 0) return 0;
  const due = await tx
    .selectFrom('campaign_recipient')
    .select(['position', 'message_id', 'contact'])
    .where('campaign_id', '=', campaign.campaign_id)
    .where('state', '=', 'pending')
    .where('duplicate_of', 'is', null)
    .orderBy('position')
    .limit(limit)
    .execute();
  if (due.length === 0) return 0;
  const messageIds = due.map((recipient) => recipient.message_id);
  await setState(tx, campaign, messageIds, 'queued', now);

  const text = deps.sealer.open(messageContext(campaign.tenant, campaign.campaign_id), campaign.message).toString();
  const refused: string[] = [];
  await Promise.all(
    due.map(async ({ position, message_id: messageId, contact }) => {
      const { subject, command, headers } = sendMessageCommand({
        tenant: campaign.tenant,
        pool: campaign.pool,
        sessionId: campaign.session_id,
        campaignId: campaign.campaign_id,
        correlationId: campaign.correlation_id,
        messageId,
        to: deps.sealer.open(contactContext(campaign.tenant, campaign.campaign_id, position), contact).toString(),
        text,
        at: now,
        notAfter: campaign.not_after,
      });
      try {
        const options = { msgId: messageId, headers, timeoutMs: publishTimeoutMs };
        await deps.publisher.publish(subject, JSON.stringify(command), options);
      } catch (error) {
        // The session's queue is full, or the bus did not answer; the same id may be published again.
        deps.logger.warn({ err: error, campaignId: campaign.campaign_id, messageId }, 'recipient is tried again later');
        refused.push(messageId);
      }
    }),
  );
  if (refused.length > 0) await setState(tx, campaign, refused, 'pending', now);
  return due.length - refused.length;
}

/** By message id, so that rows with the same number go together. */
async function setState(
  tx: Transaction,
  campaign: Campaign,
  messageIds: readonly string[],
  state: 'pending' | 'queued',
  now: Date,
): Promise<void> {
  await tx
    .updateTable('campaign_recipient')
    .set({ state, updated_at: now })
    .where('campaign_id', '=', campaign.campaign_id)
    .where('tenant', '=', campaign.tenant)
    .where('message_id', 'in', messageIds)
    .where('state', 'in', ['pending', 'queued'])
    .execute();
}

/** The engine ends what it was given before its deadline; this long after it, an outcome will not come any more. */
const outcomeGraceMs = 10 * 60_000;

/** Nothing stays pending: what was not sent by the deadline has failed, and so has what nobody reported on long after it. */
async function failOverdue(tx: Transaction, campaign: Campaign, now: Date): Promise<void> {
  const lateMs = now.getTime() - campaign.not_after.getTime();
  if (lateMs < 0) return;
  const end = (state: 'pending' | 'queued', errorCode: string) =>
    tx
      .updateTable('campaign_recipient')
      .set({ state: 'failed', error_code: errorCode, updated_at: now })
      .where('campaign_id', '=', campaign.campaign_id)
      .where('tenant', '=', campaign.tenant)
      .where('state', '=', state)
      .execute();
  await end('pending', 'MESSAGE_EXPIRED');
  if (lateMs >= outcomeGraceMs) await end('queued', 'SEND_FAILED');
}
