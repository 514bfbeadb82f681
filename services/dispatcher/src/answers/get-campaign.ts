import { answer } from '@wam/service-kit/nats';
import { viewCampaign } from '../storage/read-campaign.ts';
import { readReport } from '../storage/read-report.ts';
import { messageContext } from '../storage/seal-contexts.ts';
import { type AnswerDeps, type Handler, onCampaign } from './answers-deps.ts';

export const getCampaign = ({ database, sealer, clock }: AnswerDeps): Handler =>
  onCampaign({ database }, async (campaign) => {
    const { tenant, campaign_id: campaignId, kind } = campaign;
    const text = sealer.open(messageContext(tenant, campaignId), campaign.message).toString();
    // Nobody sends an empty text.
    const view = { ...(await viewCampaign(database, campaign, new Date(clock.now()))), message: text || null };
    if (kind !== 'bulk-send') return answer(200, { ...view, results: [] });
    // The figures of the report and its rows are of one moment.
    const report = await readReport(database, sealer, tenant, campaignId);
    return answer(200, { ...view, ...report });
  });
