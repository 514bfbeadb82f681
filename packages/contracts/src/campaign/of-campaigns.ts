/** What operations on campaigns have in common. */
import Type from 'typebox';
import { CampaignIdSchema } from '../ids.ts';

export const CampaignParams = Type.Object({ campaignId: CampaignIdSchema }, { additionalProperties: false });
export const exampleParams = { campaignId: 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X' };
export const campaigns = { tag: 'Campaigns', auth: 'account', feature: 'bulk-messaging' } as const;
