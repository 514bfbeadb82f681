import { isRejection, type listCampaigns as listCampaignsOperation, type QueryOf } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { viewCampaign } from '../storage/read-campaign.ts';
import { type AnswerDeps, asAccount, type Handler } from './answers-deps.ts';
import { pageOf, placeOf } from './page-cursor.ts';

const campaignId = /^cmp_[0-9A-Z]{26}$/;

/** Ids begin with their time: newest first is the order of the ids. */
export const listCampaigns = ({ database, clock }: AnswerDeps): Handler =>
  asAccount(async ({ principal, query }) => {
    const { status, limit = 20, cursor } = query as QueryOf<typeof listCampaignsOperation>;
    const before = placeOf(cursor, campaignId);
    if (isRejection(before)) return refuse(before);
    let wanted = database
      .selectFrom('campaign')
      .selectAll()
      .where('tenant', '=', principal.tenant)
      .orderBy('campaign_id', 'desc')
      .limit(limit + 1);
    if (status !== undefined) wanted = wanted.where('status', '=', status);
    if (before !== undefined) wanted = wanted.where('campaign_id', '<', before);
    const page = pageOf(await wanted.execute(), limit, (campaign) => campaign.campaign_id);
    const data = [];
    const now = new Date(clock.now());
    for (const campaign of page.data) data.push(await viewCampaign(database, campaign, now));
    return answer(200, { ...page, data });
  });
