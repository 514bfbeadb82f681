/** One step of sending: takes a due campaign, publishes what is due of it, and says when it is due again. */
import type { Clock, IdSource, Logger, Sealer } from '@wam/service-kit';
import type { Publisher, Requester } from '@wam/service-kit/nats';
import type { Kysely, Selectable } from 'kysely';
import { dueRecipients, nextSendAt, waitForQuota } from '../domain/pace.ts';
import { completeCampaigns } from '../storage/complete-campaigns.ts';
import { contactContext, messageContext } from '../storage/seal-contexts.ts';
import type { CampaignTable, DispatcherTables } from '../storage/tables.ts';
import { type GrantedMessages, releaseMessages, reserveMessages } from './reserve-messages.ts';
import { sendMessageCommand } from './send-message-command.ts';

export interface DispatchDeps {
  database: Kysely<DispatcherTables>;
  publisher: Publisher;
  requester: Requester;
  ids: IdSource;
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
    const outstanding = await countIn(tx, campaign.campaign_id, 'queued');
    const pace = { delayMs: campaign.delay_ms, nextSendAtMs: campaign.next_send_at.getTime(), outstanding };
    const { stored, shortfall } = await sendDue(deps, tx, campaign, dueRecipients(now.getTime(), pace), now);
    const nextSendAtMs = nextSendAt(now.getTime(), campaign.delay_ms, stored);
    await tx
      .updateTable('campaign')
      .set(
        typeof shortfall === 'object'
          ? await untilQuota(tx, campaign, now, shortfall.resetsAtMs)
          : { next_send_at: new Date(nextSendAtMs) },
      )
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

async function untilQuota(tx: Transaction, campaign: Campaign, now: Date, resetsAtMs: number) {
  const wait = waitForQuota(now.getTime(), resetsAtMs, {
    createdAtMs: campaign.created_at.getTime(),
    notAfterMs: campaign.not_after.getTime(),
    remaining: await countIn(tx, campaign.campaign_id, 'pending'),
    delayMs: campaign.delay_ms,
  });
  return { next_send_at: new Date(wait.nextSendAtMs), not_after: new Date(wait.notAfterMs) };
}

/** Messages of the campaign, not rows: a number that is listed twice counts once. */
async function countIn(tx: Transaction, campaignId: string, state: 'pending' | 'queued'): Promise<number> {
  const { count } = await tx
    .selectFrom('campaign_recipient')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('campaign_id', '=', campaignId)
    .where('state', '=', state)
    .where('duplicate_of', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
}

interface SentNow {
  /** Commands that the bus has stored. */
  stored: number;
  shortfall?: GrantedMessages['shortfall'];
}

/**
 * Each message is taken from the daily quota before it is published. A crash in between leaves those of one step counted twice: the quota
 * is never exceeded, at worst it is used up that much earlier.
 */
async function sendDue(
  deps: DispatchDeps,
  tx: Transaction,
  campaign: Campaign,
  limit: number,
  now: Date,
): Promise<SentNow> {
  if (limit === 0) return { stored: 0 };
  const found = await tx
    .selectFrom('campaign_recipient')
    .select(['position', 'message_id', 'contact'])
    .where('campaign_id', '=', campaign.campaign_id)
    .where('state', '=', 'pending')
    .where('duplicate_of', 'is', null)
    .orderBy('position')
    .limit(limit)
    .execute();
  const { granted, day, shortfall } = await reserveMessages(campaign.tenant, found.length, deps);
  const due = found.slice(0, granted);
  if (due.length === 0) return { stored: 0, shortfall };
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
  await releaseMessages(campaign.tenant, refused.length, day, deps);
  return { stored: due.length - refused.length, shortfall };
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
