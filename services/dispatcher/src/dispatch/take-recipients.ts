/** Takes the next recipients of a campaign for one session: they have their message ids and their place in the pace from then on. */
import type { ErrorCode } from '@wam/contracts';
import { unnestRows } from '@wam/service-kit/postgres';
import { sql } from 'kysely';
import { campaignMessageId } from '../campaign/campaign-message-id.ts';
import { readSuppressed } from '../opt-out/read-suppressed.ts';
import type { Campaign, DispatcherTransaction } from '../storage/campaign-row.ts';
import type { LaneRow, SenderRow } from './facts.ts';

export interface TakenRecipient {
  position: number;
  messageId: string;
  contact: Buffer;
  values: Buffer | null;
  copies: number;
  /** Day whose quota the message was taken from. */
  countedOn: string | null;
}
export interface Taken {
  /** Reserved before by a process that never published them, or could not. */
  again: TakenRecipient[];
  fresh: TakenRecipient[];
  /** Contacts that turned out to have opted out, or to be erased. */
  optedOut: number;
  /** No pending recipient stands before it. */
  cursor: number;
  /** The end of the list was seen. */
  exhausted: boolean;
}

/** A process publishes within this time, or not at all; see publish-messages.ts. */
export const reservationSeconds = 15;

/** Takes those reserved before first, then at most `freshLimit` of the pending ones; `limit` together. */
export async function takeRecipients(
  tx: DispatcherTransaction,
  campaign: Campaign,
  sender: SenderRow,
  { lane, limit, freshLimit, now }: { lane: LaneRow; limit: number; freshLimit: number; now: Date },
): Promise<Taken> {
  const again = sender.queued > 0 ? await takeAgain(tx, campaign, sender, limit) : [];
  const wanted = Math.min(limit - again.length, freshLimit);
  const taken: Taken = { again, fresh: [], optedOut: 0, cursor: sender.cursor, exhausted: false };
  while (taken.fresh.length < wanted && !taken.exhausted) {
    const found = await findPending(tx, campaign, taken.cursor, wanted - taken.fresh.length);
    taken.exhausted = found.length < wanted - taken.fresh.length;
    if (found.length === 0) break;
    taken.cursor = found.at(-1)!.position + 1;
    const leftOut = await leaveOut(tx, campaign, sender, found, now);
    taken.optedOut += leftOut.reduce((sum, { copies }) => sum + copies, 0);
    for (const recipient of found) {
      if (leftOut.includes(recipient)) continue;
      const { position, contact, values, copies, attempt } = recipient;
      const messageId = campaignMessageId(campaign.campaign_id, position, attempt);
      taken.fresh.push({ position, messageId, contact, values, copies, countedOn: lane.credit_day });
    }
  }
  await reserve(tx, campaign, lane, taken.fresh, now);
  return taken;
}

async function takeAgain(
  tx: DispatcherTransaction,
  campaign: Campaign,
  sender: SenderRow,
  limit: number,
): Promise<TakenRecipient[]> {
  const { rows } = await sql<TakenRecipient>`
    update campaign_recipient set reserved_at = clock_timestamp()
    where (campaign_id, position) in (
      select campaign_id, position from campaign_recipient
      where campaign_id = ${campaign.campaign_id} and session_id = ${sender.session_id} and state = 'reserved'
        and reserved_at < clock_timestamp() - make_interval(secs => ${reservationSeconds})
      limit ${limit} for update skip locked
    )
    returning position, message_id as "messageId", contact, values, copies, counted_on as "countedOn"`.execute(tx);
  return rows;
}

/**
 * For the rest of a transaction, in the statement that begins it. Of a list that came a moment ago Postgres has no statistics: it takes it for a short
 * one and sorts all of it, 160 to 250 ms for 200,000 rows.
 */
export const inOrderOfTheIndex = [
  sql`set_config('enable_sort', 'off', true)`.as('enable_sort'),
  sql`set_config('enable_bitmapscan', 'off', true)`.as('enable_bitmapscan'),
] as const;

/** By the primary key from the cursor on: what others took in between is passed over once by each. */
function findPending(tx: DispatcherTransaction, campaign: Campaign, cursor: number, limit: number) {
  return tx
    .selectFrom('campaign_recipient')
    .select(['position', 'contact', 'contact_hash', 'values', 'copies', 'attempt', 'erased'])
    .where('campaign_id', '=', campaign.campaign_id)
    .where('position', '>=', cursor)
    .where('position', '<', campaign.rows)
    .where('state', '=', 'pending')
    .where('duplicate_of', 'is', null)
    .orderBy('position')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

type Pending = Awaited<ReturnType<typeof findPending>>[number];

async function leaveOut(
  tx: DispatcherTransaction,
  campaign: Campaign,
  sender: SenderRow,
  found: readonly Pending[],
  now: Date,
): Promise<Pending[]> {
  const suppressed = await findSuppressed(tx, campaign, found);
  const erased = found.filter((recipient) => recipient.erased);
  const note = async (recipients: readonly Pending[], errorCode: ErrorCode) => {
    if (recipients.length === 0) return;
    await tx
      .updateTable('campaign_recipient')
      .set({ state: 'opted-out', error_code: errorCode, session_id: sender.session_id, updated_at: now })
      .where('campaign_id', '=', campaign.campaign_id)
      .where(
        'position',
        'in',
        recipients.map(({ position }) => position),
      )
      .execute();
  };
  await note(suppressed, 'RECIPIENT_OPTED_OUT');
  await note(erased, 'RECIPIENT_ERASED');
  return [...suppressed, ...erased];
}

async function findSuppressed(
  tx: DispatcherTransaction,
  campaign: Campaign,
  found: readonly Pending[],
): Promise<Pending[]> {
  const hashes = found.map((recipient) => recipient.contact_hash).filter((hash) => hash !== null);
  const suppressed = await readSuppressed(tx, campaign.tenant, hashes);
  return found.filter(({ contact_hash: hash }) => hash !== null && suppressed.has(hash.toString('hex')));
}

async function reserve(
  tx: DispatcherTransaction,
  campaign: Campaign,
  lane: LaneRow,
  fresh: readonly TakenRecipient[],
  now: Date,
): Promise<void> {
  if (fresh.length === 0) return;
  const rows = fresh.map(({ position, messageId }) => ({ position, message_id: messageId }));
  await sql`
    update campaign_recipient as recipient
    set state = 'reserved', session_id = ${lane.session_id}, message_id = taken.message_id, counted_on = ${lane.credit_day},
      reserved_at = clock_timestamp(), updated_at = ${now}
    from ${unnestRows({ position: 'int4', message_id: 'text' }, rows, 'taken')}
    where recipient.campaign_id = ${campaign.campaign_id} and recipient.position = taken.position`.execute(tx);
}
