/** Figures of a campaign from the log of events. */
import Type from 'typebox';
import { Instant } from '../ids.ts';
import { defineOperation } from '../operation.ts';
import { campaignFields } from './campaign.ts';
import { CampaignParams } from './of-campaigns.ts';

/** Open to every plan, as the campaign itself is. */
export const getCampaignStats = defineOperation({
  id: 'getCampaignStats',
  method: 'GET',
  path: '/api/campaigns/:campaignId/stats',
  tag: 'Campaigns',
  summary: 'How many messages of a campaign arrived and were read',
  description:
    '`recipients` is what the last event of the campaign said, at most a minute old while it runs; the campaign itself has them to the second. `messages` counts its messages, as the message statistics do: one that was read is also delivered and sent. A recipient that was tried again has several. A campaign is found here about a second after it was made.',
  auth: 'account',
  scope: 'read',
  params: CampaignParams,
  responses: {
    200: Type.Object({
      campaignId: campaignFields.campaignId,
      name: campaignFields.name,
      status: campaignFields.status,
      reason: campaignFields.reason,
      recipients: Type.Object({
        total: Type.Integer(),
        pending: Type.Integer({ description: 'Not decided yet' }),
        sent: Type.Integer(),
        failed: Type.Integer(),
        optedOut: Type.Integer(),
        cancelled: Type.Integer(),
      }),
      messages: Type.Object({
        sent: Type.Integer(),
        delivered: Type.Integer(),
        read: Type.Integer(),
        failed: Type.Integer(),
      }),
      createdAt: Instant,
      startedAt: campaignFields.startedAt,
      completedAt: campaignFields.completedAt,
      updatedAt: Instant,
    }),
  },
  errors: ['CAMPAIGN_NOT_FOUND'],
  example: { params: { campaignId: 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X' } },
  route: { via: 'request', service: 'analytics' },
});
