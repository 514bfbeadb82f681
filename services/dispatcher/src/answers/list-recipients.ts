import { isRejection, type listCampaignRecipients, type QueryOf } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { readRecipients } from '../storage/read-recipients.ts';
import { type AnswerDeps, type Handler, onCampaign } from './answers-deps.ts';
import { pageOf, placeOf, wholeNumber } from './page-cursor.ts';

export const listRecipients = ({ database, sealer }: AnswerDeps): Handler =>
  onCampaign({ database }, async (campaign, { query }) => {
    const { state, limit = 100, cursor } = query as QueryOf<typeof listCampaignRecipients>;
    const from = placeOf(cursor, wholeNumber);
    if (isRejection(from)) return refuse(from);
    const rows = await readRecipients(database, sealer, campaign, {
      state,
      fromPosition: Number(from ?? 0),
      limit: limit + 1,
    });
    const page = pageOf(rows, limit, (row) => row.position + 1);
    return answer(200, { ...page, data: page.data.map(({ position: _, values: __, ...row }) => row) });
  });
