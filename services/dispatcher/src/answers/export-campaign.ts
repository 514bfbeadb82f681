import { answer } from '@wam/service-kit/nats';
import { stringify } from 'csv-stringify/sync';
import { readRecipients } from '../storage/read-recipients.ts';
import { type AnswerDeps, type Handler, onCampaign } from './answers-deps.ts';

const columns = ['number', 'state', 'sessionId', 'messageId', 'errorCode', 'error', 'updatedAt'] as const;
const pageSize = 2000;

/**
 * One page of the file and where the next one begins: the gateway asks for them one after the other, so that nobody holds the whole. A cell
 * that a spreadsheet would carry out as a formula gets an apostrophe in front.
 */
export const exportCampaign = ({ database, sealer }: AnswerDeps): Handler =>
  onCampaign({ database }, async (campaign, { body }) => {
    const { after = 0 } = (body ?? {}) as { after?: number };
    const found = await readRecipients(database, sealer, campaign, {
      state: undefined,
      fromPosition: after,
      limit: pageSize,
    });
    const rows = found.map(({ error, ...row }) => ({ ...row, errorCode: error?.code, error: error?.message }));
    const text = stringify(rows, {
      columns: [...columns],
      header: after === 0,
      escape_formulas: true,
      record_delimiter: 'windows',
    });
    const last = found.at(-1);
    return answer(200, { text, next: found.length < pageSize || last === undefined ? null : last.position + 1 });
  });
