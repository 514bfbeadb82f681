import { isRejection, type listCampaignEvents, type QueryOf } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { type AnswerDeps, type Handler, onCampaign } from './answers-deps.ts';
import { pageOf, placeOf, wholeNumber } from './page-cursor.ts';

export const listEvents = ({ database }: AnswerDeps): Handler =>
  onCampaign({ database }, async (campaign, { query }) => {
    const { limit = 100, cursor } = query as QueryOf<typeof listCampaignEvents>;
    const after = placeOf(cursor, wholeNumber);
    if (isRejection(after)) return refuse(after);
    const rows = await database
      .selectFrom('campaign_event')
      .select(['type', 'version', 'at', 'data'])
      .where('tenant', '=', campaign.tenant)
      .where('campaign_id', '=', campaign.campaign_id)
      .where('version', '>', Number(after ?? 0))
      .orderBy('version')
      .limit(limit + 1)
      .execute();
    const page = pageOf(rows, limit, (row) => row.version);
    return answer(200, { ...page, data: page.data.map((row) => ({ ...row, at: row.at.toISOString() })) });
  });
