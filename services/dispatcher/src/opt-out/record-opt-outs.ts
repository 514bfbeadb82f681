import { type MessageEvent, type MessagePrivate, messageSealPurpose } from '@wam/contracts';
import { SealError } from '@wam/service-kit';
import type { StoredEvent } from '@wam/service-kit/nats';
import { insertRows } from '@wam/service-kit/postgres';
import { type Kysely, sql } from 'kysely';
import type { DispatcherTransaction } from '../storage/campaign-row.ts';
import type { ContactSealer } from '../storage/contact-sealer.ts';
import { suppressionContext } from '../storage/seal-contexts.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import { isOptOut } from './opt-out-words.ts';

interface Reply {
  tenant: string;
  phone: string;
  text: string;
}

/** Puts whoever replied with a stop word on the list of the account it was written to. */
export async function recordOptOuts(
  tx: DispatcherTransaction,
  sealer: ContactSealer,
  batch: readonly StoredEvent[],
  now: Date,
): Promise<void> {
  const replies = batch.flatMap((stored) => repliesOf(stored, sealer));
  if (replies.length === 0) return;
  const chosen = await tx
    .selectFrom('opt_out_words')
    .selectAll()
    .where('tenant', 'in', [...new Set(replies.map(({ tenant }) => tenant))])
    .execute();
  const words = new Map(chosen.map((row) => [row.tenant, row.words]));
  const wishes = replies.filter(({ tenant, text }) => isOptOut(text, words.get(tenant)));
  for (const [tenant, of] of Map.groupBy(wishes, (wish) => wish.tenant)) {
    await suppress(tx, sealer, { tenant, numbers: of.map(({ phone }) => phone), source: 'reply', now });
  }
}

/** A text in a chat with one person; in a group it is not meant for the account. */
function repliesOf({ event }: StoredEvent, sealer: ContactSealer): Reply[] {
  const { type, tenant, data } = event as MessageEvent;
  if (type !== 'MessageReceived' || (data as { kind: string }).kind !== 'text') return [];
  const { messageId, sealed } = data as { messageId: string; sealed: string };
  try {
    const context = { tenant, purpose: messageSealPurpose, id: messageId };
    const opened = JSON.parse(sealer.open(context, Buffer.from(sealed, 'base64')).toString()) as MessagePrivate;
    return opened.group === undefined && opened.phone !== ''
      ? [{ tenant, phone: opened.phone, text: opened.text }]
      : [];
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
