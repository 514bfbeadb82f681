import { errorCatalogue, isErrorCode, type recipientStates } from '@wam/contracts';
import type { Sealer } from '@wam/service-kit';
import type { Kysely } from 'kysely';
import type { Campaign } from './campaign-row.ts';
import { contactContext, valuesContext } from './seal-contexts.ts';
import type { DispatcherTables, StoredRecipientState } from './tables.ts';

export type RecipientState = (typeof recipientStates)[number];

export interface RecipientView {
  position: number;
  number: string;
  state: RecipientState;
  sessionId: string | null;
  messageId: string | null;
  error: { code: string; message: string } | null;
  updatedAt: string;
  /** Of the placeholders, as far as they were given and not erased. */
  values: Readonly<Record<string, string>>;
}

/** In the order of the list, from `fromPosition` on. */
export async function readRecipients(
  database: Kysely<DispatcherTables>,
  sealer: Sealer,
  campaign: Campaign,
  { state, fromPosition, limit }: { state: RecipientState | undefined; fromPosition: number; limit: number },
): Promise<RecipientView[]> {
  const isCancelled = campaign.status === 'cancelled';
  const stored = storedStatesOf(state, isCancelled);
  if (stored?.length === 0) return [];
  let wanted = database
    .selectFrom('campaign_recipient')
    .select(['position', 'contact', 'state', 'session_id', 'message_id', 'error_code', 'updated_at', 'values'])
    .where('tenant', '=', campaign.tenant)
    .where('campaign_id', '=', campaign.campaign_id)
    .where('position', '>=', fromPosition)
    .where('position', '<', campaign.rows)
    .where('duplicate_of', 'is', null)
    .orderBy('position')
    .limit(limit);
  if (stored !== undefined) wanted = wanted.where('state', 'in', stored);
  const rows = await wanted.execute();
  return rows.map((row) => ({
    position: row.position,
    number: sealer.open(contactContext(campaign.tenant, campaign.campaign_id, row.position), row.contact).toString(),
    state: shownStateOf(row.state, isCancelled),
    sessionId: row.session_id,
    messageId: row.message_id,
    error: row.error_code === null ? null : { code: row.error_code, message: messageOf(row.error_code) },
    updatedAt: row.updated_at.toISOString(),
    values: valuesOf(sealer, campaign, row),
  }));
}

function valuesOf(
  sealer: Sealer,
  { tenant, campaign_id: campaignId }: Campaign,
  { position, values }: { position: number; values: Buffer | null },
): RecipientView['values'] {
  if (values === null) return {};
  return JSON.parse(sealer.open(valuesContext(tenant, campaignId, position), values).toString());
}

/** A cancelled campaign leaves the rows of a million recipients as they are; what they mean has changed. */
export function shownStateOf(state: StoredRecipientState, isCancelled: boolean): RecipientState {
  if (state === 'pending') return isCancelled ? 'cancelled' : 'pending';
  return state === 'reserved' ? 'queued' : state;
}
function storedStatesOf(state: RecipientState | undefined, isCancelled: boolean): StoredRecipientState[] | undefined {
  switch (state) {
    case undefined:
      return undefined;
    case 'pending':
      return isCancelled ? [] : ['pending'];
    case 'cancelled':
      return isCancelled ? ['pending'] : [];
    case 'queued':
      return ['reserved', 'queued'];
    default:
      return [state];
  }
}
const messageOf = (code: string): string => errorCatalogue[isErrorCode(code) ? code : 'SEND_FAILED'].message;
