import type { exportCampaign as exportOperation, QueryOf } from '@wam/contracts';
import type { Sealer } from '@wam/service-kit';
import { answer } from '@wam/service-kit/nats';
import { stringify } from 'csv-stringify/sync';
import { placeholdersOf } from '../campaign/message-template.ts';
import type { Campaign } from '../storage/campaign-row.ts';
import { readRecipients } from '../storage/read-recipients.ts';
import { messageContext } from '../storage/seal-contexts.ts';
import { type AnswerDeps, type Handler, onCampaign } from './answers-deps.ts';

const columns = ['number', 'state', 'sessionId', 'messageId', 'errorCode', 'error', 'updatedAt'] as const;
const pageSize = 2000;

/**
 * One page of the file and where the next one begins: the gateway asks for them one after the other, so that nobody holds the whole. A cell
 * that a spreadsheet would carry out as a formula gets an apostrophe in front.
 */
export const exportCampaign = ({ database, sealer }: AnswerDeps): Handler =>
  onCampaign({ database }, async (campaign, { body, query }) => {
    const { after = 0 } = (body ?? {}) as { after?: number };
    const { state } = query as QueryOf<typeof exportOperation>;
    const found = await readRecipients(database, sealer, campaign, {
      state,
      fromPosition: after,
      limit: pageSize,
    });
    const names = valueColumnsOf(sealer, campaign);
    const rows = found.map(({ values, error, ...row }) => {
      const facts = { ...row, errorCode: error?.code, error: error?.message };
      return [...columns.map((column) => facts[column]), ...names.map((name) => values[name])];
    });
    const text = stringify(rows, {
      columns: [...columns, ...names],
      header: after === 0,
      escape_formulas: true,
      record_delimiter: 'windows',
    });
    const last = found.at(-1);
    return answer(200, { text, next: found.length < pageSize || last === undefined ? null : last.position + 1 });
  });

/** Beside the columns that every file has, so that it can be uploaded again. */
function valueColumnsOf(sealer: Sealer, { tenant, campaign_id: campaignId, kind, message }: Campaign): string[] {
  if (kind === 'bulk-send') return [];
  return placeholdersOf(sealer.open(messageContext(tenant, campaignId), message).toString())
    .map(({ name }) => name)
    .filter((name) => !columns.some((column) => column === name));
}
