import { isRejection, type previewCampaign as previewOperation, type QueryOf } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { messageTo } from '../campaign/message-template.ts';
import type { Campaign } from '../storage/campaign-row.ts';
import { problemsOf } from '../storage/read-campaign.ts';
import { readProblems } from '../storage/read-problems.ts';
import { contactContext, messageContext, valuesContext } from '../storage/seal-contexts.ts';
import { type AnswerDeps, type Handler, onCampaign } from './answers-deps.ts';
import { estimateCampaign } from './estimate-campaign.ts';
import { pageOf, placeOf, wholeNumber } from './page-cursor.ts';

const sampleSize = 3;

export const previewCampaign = (deps: AnswerDeps): Handler =>
  onCampaign(deps, async (campaign, { query }) => {
    const { limit = 100, cursor } = query as QueryOf<typeof previewOperation>;
    const from = placeOf(cursor, wholeNumber);
    if (isRejection(from)) return refuse(from);
    const wanted = { from: Number(from ?? 0), limit: limit + 1 };
    const rows = await readProblems(deps.database, deps.sealer, campaign, wanted);
    const page = pageOf(rows, limit, (row) => row.ordinal + 1);
    return answer(200, {
      total: campaign.total,
      problems: problemsOf(campaign),
      sample: await sampleOf(deps, campaign),
      ...(await estimateCampaign(deps, campaign)),
      ...page,
      data: page.data.map(({ ordinal: _, ...row }) => row),
    });
  });

/** The first messages as their recipients will see them. */
async function sampleOf(
  { database, sealer }: AnswerDeps,
  { tenant, campaign_id: campaignId, message, rows }: Campaign,
) {
  const text = sealer.open(messageContext(tenant, campaignId), message).toString();
  const found = await database
    .selectFrom('campaign_recipient')
    .select(['position', 'contact', 'values'])
    .where('campaign_id', '=', campaignId)
    .where('tenant', '=', tenant)
    .where('position', '<', rows)
    .where('duplicate_of', 'is', null)
    .where('erased', '=', false)
    .orderBy('position')
    .limit(sampleSize)
    .execute();
  return found.map(({ position, contact, values }) => {
    const number = sealer.open(contactContext(tenant, campaignId, position), contact).toString();
    const known =
      values === null
        ? {}
        : (JSON.parse(sealer.open(valuesContext(tenant, campaignId, position), values).toString()) as Record<
            string,
            string
          >);
    return { number, text: messageTo(number, text, known) };
  });
}
