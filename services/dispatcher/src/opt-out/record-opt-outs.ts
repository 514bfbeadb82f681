import { addressOf, addressOfLid, type MessageEvent, type MessagePrivate, messageSealPurpose } from '@wam/contracts';
import { SealError } from '@wam/service-kit';
import type { StoredEvent } from '@wam/service-kit/nats';
import { insertRows } from '@wam/service-kit/postgres';
import { type Kysely, sql } from 'kysely';
import type { DispatcherTransaction } from '../storage/campaign-row.ts';
import type { ContactSealer } from '../storage/contact-sealer.ts';
import { suppressionContext } from '../storage/seal-contexts.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import { isOptOut } from './opt-out-words.ts';

interface Incoming {
  tenant: string;
  phone: string;
  lid?: string;
  /** Undefined where it is no reply to the account: in a group, or no text. */
  text: string | undefined;
}

/**
 * Puts whoever replied with a stop word on the list of the account it was written to: by the LID while the number is hidden, by the
 * number from when a message tells it (docs/adr/0025).
 */
export async function recordOptOuts(
  tx: DispatcherTransaction,
  sealer: ContactSealer,
  batch: readonly StoredEvent[],
  now: Date,
): Promise<void> {
  const incoming = batch.flatMap((stored) => incomingOf(stored, sealer));
  if (incoming.length === 0) return;
  await renameSuppressed(tx, sealer, incoming, now);
  const replies = incoming.filter(({ text }) => text !== undefined);
  const chosen = await tx
    .selectFrom('opt_out_words')
    .selectAll()
    .where('tenant', 'in', [...new Set(replies.map(({ tenant }) => tenant))])
    .execute();
  const words = new Map(chosen.map((row) => [row.tenant, row.words]));
  const wishes = replies.filter(({ tenant, text }) => isOptOut(text ?? '', words.get(tenant)));
  for (const [tenant, of] of Map.groupBy(wishes, (wish) => wish.tenant)) {
    await suppress(tx, sealer, { tenant, numbers: of.map(addressOf), source: 'reply', now });
  }
}

/** Those who opted out by LID and now show their number: one contact, one entry. */
async function renameSuppressed(
  tx: DispatcherTransaction,
  sealer: ContactSealer,
  incoming: readonly Incoming[],
  now: Date,
): Promise<void> {
  const shown = new Map(
    incoming.flatMap(({ tenant, phone, lid }) =>
      phone === '' || lid === undefined
        ? []
        : [[sealer.fingerprint(tenant, addressOfLid(lid)).toString('hex'), { tenant, phone }] as const],
    ),
  );
  if (shown.size === 0) return;
  const known = await tx
    .selectFrom('suppression')
    .select(['tenant', 'contact_hash', 'source'])
    .where('tenant', 'in', [...new Set(Array.from(shown.values(), ({ tenant }) => tenant))])
    .where(
      'contact_hash',
      'in',
      [...shown.keys()].map((hash) => Buffer.from(hash, 'hex')),
    )
    .execute();
  for (const { tenant, contact_hash: hash, source } of known) {
    const contact = shown.get(hash.toString('hex'));
    if (contact?.tenant !== tenant) continue;
    await suppress(tx, sealer, { tenant, numbers: [contact.phone], source, now });
    await tx.deleteFrom('suppression').where('tenant', '=', tenant).where('contact_hash', '=', hash).execute();
  }
}

/** A text in a chat with one person may be a wish; in a group it is not meant for the account. */
function incomingOf({ event }: StoredEvent, sealer: ContactSealer): Incoming[] {
  const { type, tenant, data } = event as MessageEvent;
  if (type !== 'MessageReceived') return [];
  const { messageId, kind, sealed } = data as { messageId: string; kind: string; sealed: string };
  try {
    const context = { tenant, purpose: messageSealPurpose, id: messageId };
    const opened = JSON.parse(sealer.open(context, Buffer.from(sealed, 'base64')).toString()) as MessagePrivate;
    if (addressOf(opened) === '') return [];
    const { phone, lid, group, text } = opened;
    const isReply = kind === 'text' && group === undefined;
    return [{ tenant, phone, ...(lid === undefined ? {} : { lid }), text: isReply ? text : undefined }];
  } catch (error) {
    // Erased, or of another key: nobody can know what it said.
    if (error instanceof SealError || error instanceof SyntaxError) return [];
    throw error;
  }
}

export interface NewSuppressions {
  tenant: string;
  numbers: readonly string[];
  source: 'reply' | 'list';
  now: Date;
}

/** @returns how many were not on the list before */
export function suppress(
  database: Kysely<DispatcherTables>,
  sealer: ContactSealer,
  { tenant, numbers, source, now }: NewSuppressions,
): Promise<number> {
  const rows = [...new Set(numbers)].map((number) => {
    const contactHash = sealer.fingerprint(tenant, number);
    const sealed = sealer.seal(suppressionContext(tenant, contactHash), number);
    return { tenant, contact_hash: contactHash, number: sealed, source, created_at: now };
  });
  return insertRows(database, {
    table: 'suppression',
    columns: { tenant: 'uuid', contact_hash: 'bytea', number: 'bytea', source: 'text', created_at: 'timestamptz' },
    rows,
    onConflict: sql`on conflict do nothing`,
  });
}
