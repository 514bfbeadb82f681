/**
 * Who is in a list by LID is asked for once more before anything is sent: the number that became known meanwhile may have opted out, or be in the
 * list itself. Asked when they are reserved and no lock is held; without an answer they stay reserved, and come again (docs/adr/0031).
 */
import type { ErrorCode } from '@wam/contracts';
import { lidOfAddress } from '@wam/contracts';
import { sql } from 'kysely';
import { readSuppressed } from '../opt-out/read-suppressed.ts';
import { findNumbers } from '../recipients/find-numbers.ts';
import { type Campaign, lockCampaign } from '../storage/campaign-row.ts';
import { completeIfDone } from '../storage/complete-campaign.ts';
import type { AddressedRecipient, Batch } from './publish-messages.ts';
import type { DispatchDeps } from './step-lane.ts';

export interface Cleared {
  recipients: readonly AddressedRecipient[];
  /** The campaign, when the last of its recipients were left out. */
  completed: string[];
}

export async function leaveOutKnown(deps: DispatchDeps, { campaign, lane, recipients, at }: Batch): Promise<Cleared> {
  const { tenant, campaign_id: campaignId } = campaign;
  const hidden = recipients.filter(({ to }) => lidOfAddress(to) !== undefined);
  if (hidden.length === 0) return { recipients, completed: [] };
  const numbers = await findNumbers(
    deps,
    tenant,
    hidden.map(({ to }) => to),
  );
  const without = (left: ReadonlySet<AddressedRecipient>) => recipients.filter((recipient) => !left.has(recipient));
  if (numbers === undefined) {
    deps.logger.warn({ campaignId, recipients: hidden.length }, 'engines do not tell numbers; recipients by LID wait');
    return { recipients: without(new Set(hidden)), completed: [] };
  }
  const shown = hidden.flatMap((recipient) => {
    const number = numbers.get(recipient.to);
    return number === undefined ? [] : [{ recipient, print: deps.sealer.fingerprint(tenant, number) }];
  });
  if (shown.length === 0) return { recipients, completed: [] };
  const reasons = await whyLeftOut(deps, campaign, shown);
  const completed = await leaveOut(deps, { campaign, sessionId: lane.session_id, reasons, now: at });
  return { recipients: without(new Set(reasons.keys())), completed };
}

type Reasons = ReadonlyMap<AddressedRecipient, ErrorCode>;

async function whyLeftOut(
  { database }: DispatchDeps,
  { tenant, campaign_id: campaignId }: Campaign,
  shown: readonly { recipient: AddressedRecipient; print: Buffer }[],
): Promise<Reasons> {
  const prints = shown.map(({ print }) => print);
  const optedOut = await readSuppressed(database, tenant, prints);
  const listed = await database
    .selectFrom('campaign_recipient')
    .select('contact_hash')
    .where('campaign_id', '=', campaignId)
    .where('tenant', '=', tenant)
    .where('duplicate_of', 'is', null)
    .where('contact_hash', 'in', prints)
    .execute();
  const inList = new Set(listed.map(({ contact_hash: hash }) => hash?.toString('hex')));
  return new Map(
    shown.flatMap(({ recipient, print }): [AddressedRecipient, ErrorCode][] => {
      const hash = print.toString('hex');
      if (optedOut.has(hash)) return [[recipient, 'RECIPIENT_OPTED_OUT']];
      return inList.has(hash) ? [[recipient, 'RECIPIENT_REPEATED']] : [];
    }),
  );
}

/** What was reserved for them of the session's room and of the day is free again. */
async function leaveOut(
  { database }: DispatchDeps,
  { campaign, sessionId, reasons, now }: { campaign: Campaign; sessionId: string; reasons: Reasons; now: Date },
): Promise<string[]> {
  if (reasons.size === 0) return [];
  const { tenant, campaign_id: campaignId } = campaign;
  return database.transaction().execute(async (tx) => {
    const lane = await tx
      .selectFrom('session_lane')
      .select('credit_day')
      .where('session_id', '=', sessionId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    let messages = 0;
    let contacts = 0;
    let ofToday = 0;
    for (const [{ position, messageId, copies, countedOn }, errorCode] of reasons) {
      const { numUpdatedRows } = await tx
        .updateTable('campaign_recipient')
        .set({ state: 'opted-out', error_code: errorCode, updated_at: now })
        .where('campaign_id', '=', campaignId)
        .where('position', '=', position)
        .where('message_id', '=', messageId)
        .where('state', '=', 'reserved')
        .executeTakeFirst();
      if (numUpdatedRows === 0n) continue;
      messages += 1;
      contacts += copies;
      if (countedOn !== null && countedOn === lane.credit_day) ofToday += 1;
    }
    await sql`
      update session_lane set outstanding = greatest(0, outstanding - ${messages}), credit = credit + ${ofToday}
      where session_id = ${sessionId}`.execute(tx);
    await sql`
      update campaign_sender set queued = queued - ${contacts}, opted_out = opted_out + ${contacts}
      where campaign_id = ${campaignId} and session_id = ${sessionId}`.execute(tx);
    const locked = await lockCampaign(tx, tenant, campaignId);
    if (locked === undefined) return [];
    const { status } = await completeIfDone(tx, locked, now);
    return status === 'completed' && locked.status !== 'completed' ? [campaignId] : [];
  });
}
