import { spanKeys } from '@wam/contracts';
import { traced } from '@wam/service-kit';
import { messageTo, placeholdersOf } from '../campaign/message-template.ts';
import { endOfSendingTime } from '../pace/sending-hours.ts';
import type { Campaign } from '../storage/campaign-row.ts';
import { messageContext, valuesContext } from '../storage/seal-contexts.ts';
import { hoursOf, type LaneRow } from './facts.ts';
import { sendMessageCommand } from './send-message-command.ts';
import type { DispatchDeps } from './step-lane.ts';
import { reservationSeconds, type TakenRecipient } from './take-recipients.ts';

const publishTimeoutMs = 5000;
/** An offline session gives back what it was handed after this long, for another one or for later. */
const handedForMs = 30 * 60_000;

export interface AddressedRecipient extends TakenRecipient {
  /** The contact, opened. */
  to: string;
}

export interface Batch {
  campaign: Campaign;
  lane: LaneRow;
  recipients: readonly AddressedRecipient[];
  /** Of the dispatcher's clock: when they were taken. */
  at: Date;
  /** Of a clock that never jumps: the same moment. */
  takenAtMs: number;
}

/**
 * Puts the messages on the bus, and notes those that it has. What the bus refused, or did not answer for, stays reserved: it is published
 * again later under the same id, at the pace.
 */
export async function publishMessages(deps: DispatchDeps, batch: Batch): Promise<void> {
  const { database, publisher, logger } = deps;
  const { campaign, recipients } = batch;
  if (recipients.length === 0) return;
  // Somebody else may take them from then on: a process that was stopped in between must not add to the pace of that one.
  if (performance.now() - batch.takenAtMs > (reservationSeconds * 1000) / 2) return;
  const published: string[] = [];
  await Promise.all(
    outgoing(deps, batch).map(async ({ messageId, subject, command, headers }) => {
      try {
        await traced(
          () => ({
            trace: messageId,
            span: spanKeys.command(command.id),
            link: { trace: campaign.correlation_id, span: spanKeys.request(campaign.correlation_id) },
            name: 'publish SendMessage',
            kind: 'producer',
            attributes: { 'wam.tenant': campaign.tenant, 'wam.campaign_id': campaign.campaign_id },
          }),
          () =>
            publisher.publish(subject, JSON.stringify(command), {
              msgId: messageId,
              headers,
              timeoutMs: publishTimeoutMs,
            }),
        );
        published.push(messageId);
      } catch (error) {
        logger.warn({ err: error, campaignId: campaign.campaign_id, messageId }, 'recipient is tried again later');
      }
    }),
  );
  if (published.length === 0) return;
  await database
    .updateTable('campaign_recipient')
    .set({ state: 'queued' })
    .where('message_id', 'in', published)
    .where('campaign_id', '=', campaign.campaign_id)
    .where('state', '=', 'reserved')
    .execute();
}

function outgoing({ sealer, partitionCount }: DispatchDeps, { campaign, lane, recipients, at }: Batch) {
  const { tenant, campaign_id: campaignId } = campaign;
  const text = sealer.open(messageContext(tenant, campaignId), campaign.message).toString();
  const isTemplate = campaign.kind === 'campaign' && placeholdersOf(text).length > 0;
  const notAfter = handedUntil(campaign, at);
  return recipients.map(({ position, messageId, to, values, countedOn }) => {
    const known =
      values === null
        ? {}
        : (JSON.parse(sealer.open(valuesContext(tenant, campaignId, position), values).toString()) as Record<
            string,
            string
          >);
    return {
      messageId,
      ...sendMessageCommand(
        {
          tenant,
          pool: lane.pool,
          sessionId: lane.session_id,
          campaignId,
          correlationId: campaign.correlation_id,
          messageId,
          to,
          text: isTemplate ? messageTo(to, text, known) : text,
          at,
          notAfter,
          countedOn,
        },
        partitionCount,
      ),
    };
  });
}

/** A message that was not sent by the end of the sending hours is not sent after it either. */
function handedUntil(campaign: Campaign, at: Date): Date {
  if (campaign.kind === 'bulk-send') return campaign.not_after;
  const hours = hoursOf(campaign);
  const end = hours === undefined ? undefined : endOfSendingTime(at.getTime(), hours);
  const until = Math.min(campaign.not_after.getTime(), at.getTime() + handedForMs, end ?? Number.MAX_SAFE_INTEGER);
  return new Date(until);
}
