/** Campaigns: make one, steer it, look at it. */
import Type from 'typebox';
import { Instant, Uuid } from '../ids.ts';
import { MessageText } from '../message/operations.ts';
import { defineOperation } from '../operation.ts';
import { pageEnd, pageQuery } from '../pages.ts';
import { BulkResult } from './bulk-send.ts';
import {
  CampaignContact,
  CampaignPace,
  CampaignSchedule,
  CampaignStatus,
  CampaignView,
  campaignFields,
} from './campaign.ts';
import { CampaignParams, campaigns, exampleParams } from './of-campaigns.ts';

export const createCampaign = defineOperation({
  ...campaigns,
  id: 'createCampaign',
  method: 'POST',
  path: '/api/campaigns',
  summary: 'Make a campaign',
  description:
    'Placeholders such as `{{ name }}` are filled from the fields of each contact; `{{ name | friend }}` says what stands there for those without one. Up to 10,000 contacts may be given here, up to 1,000,000 uploaded afterwards. Without `sessionIds` the oldest connected session is used; several sessions share the recipients. With `start` it starts at once, or at `schedule.startAt`; otherwise it stays a draft until it is started.',
  scope: 'send',
  body: Type.Object(
    {
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      message: MessageText,
      sessionIds: Type.Optional(Type.Array(Uuid, { minItems: 1, maxItems: 50, uniqueItems: true })),
      contacts: Type.Optional(Type.Array(CampaignContact, { minItems: 1, maxItems: 10_000 })),
      schedule: Type.Optional(CampaignSchedule),
      pace: Type.Optional(CampaignPace),
      maxFailurePercent: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100,
          default: 50,
          description: 'It pauses when more of the last 50 messages failed; 100: never',
        }),
      ),
      start: Type.Optional(Type.Boolean({ default: false })),
    },
    { additionalProperties: false },
  ),
  responses: { 201: CampaignView },
  errors: [
    'FEATURE_NOT_IN_PLAN',
    'SESSION_NOT_FOUND',
    'SESSION_NOT_CONNECTED',
    'SESSION_RESTRICTED',
    'TOO_MANY_RECIPIENTS',
    'CAMPAIGN_EMPTY',
  ],
  example: {
    body: {
      name: 'Autumn sale',
      message: 'Hello {{ name }}, 20% off until Sunday. Reply STOP to hear no more from us.',
      contacts: [
        { number: '919876543210', name: 'Asha' },
        { number: '919876543211', name: 'Ravi' },
      ],
      schedule: { timeZone: 'Asia/Kolkata', sendBetween: { from: '09:00', to: '20:00' } },
      pace: { messagesPerMinute: 20 },
    },
  },
  route: { via: 'request', service: 'dispatcher', timeoutMs: 20_000 },
});

export const listCampaigns = defineOperation({
  ...campaigns,
  id: 'listCampaigns',
  method: 'GET',
  path: '/api/campaigns',
  summary: 'Campaigns of the account, newest first',
  scope: 'read',
  query: Type.Object({ status: Type.Optional(CampaignStatus), ...pageQuery(100, 20) }, { additionalProperties: false }),
  responses: { 200: Type.Object({ data: Type.Array(CampaignView), ...pageEnd }) },
  errors: ['FEATURE_NOT_IN_PLAN'],
  example: { query: { status: 'running', limit: 20 } },
  route: { via: 'request', service: 'dispatcher' },
});

/** Open to every plan: who was able to start a bulk-send may look at it after a downgrade. */
export const getCampaign = defineOperation({
  id: 'getCampaign',
  method: 'GET',
  path: '/api/campaigns/:campaignId',
  tag: 'Campaigns',
  summary: 'State and figures of a campaign or a bulk send',
  description:
    'Shows the text as well, which the list of campaigns leaves out. `results` lists every contact of a bulk send, and is empty for other campaigns: see their recipients. A recipient that is handed to its session counts as pending until WhatsApp has the message.',
  auth: 'account',
  scope: 'read',
  params: CampaignParams,
  responses: {
    200: Type.Object({
      ...campaignFields,
      message: Type.Union([Type.String(), Type.Null()], {
        description: 'Its text, with the placeholders; null when every contact it was for was erased',
      }),
      results: Type.Array(BulkResult),
    }),
  },
  errors: ['CAMPAIGN_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'request', service: 'dispatcher' },
});

const steering = { ...campaigns, method: 'POST', scope: 'send', params: CampaignParams } as const;
const steered = {
  responses: { 200: CampaignView },
  example: { params: exampleParams },
  route: { via: 'request', service: 'dispatcher' },
} as const;

export const startCampaign = defineOperation({
  ...steering,
  ...steered,
  id: 'startCampaign',
  path: '/api/campaigns/:campaignId/start',
  summary: 'Start a campaign now, or at its scheduled time',
  errors: [
    'FEATURE_NOT_IN_PLAN',
    'CAMPAIGN_NOT_FOUND',
    'CAMPAIGN_STATE',
    'CAMPAIGN_EMPTY',
    'CONFLICT',
    'SESSION_RESTRICTED',
  ],
});
export const pauseCampaign = defineOperation({
  ...steering,
  ...steered,
  id: 'pauseCampaign',
  path: '/api/campaigns/:campaignId/pause',
  summary: 'Pause a campaign',
  description: 'What its sessions were given already, at most 20 messages each, is still sent.',
  errors: ['FEATURE_NOT_IN_PLAN', 'CAMPAIGN_NOT_FOUND', 'CAMPAIGN_STATE'],
});
export const resumeCampaign = defineOperation({
  ...steering,
  ...steered,
  id: 'resumeCampaign',
  path: '/api/campaigns/:campaignId/resume',
  summary: 'Go on with a paused campaign',
  description: 'It goes on exactly where it stopped. A restriction noted for its sessions is forgotten.',
  errors: [
    'FEATURE_NOT_IN_PLAN',
    'CAMPAIGN_NOT_FOUND',
    'CAMPAIGN_STATE',
    'SESSION_NOT_CONNECTED',
    'SESSION_RESTRICTED',
  ],
});
export const cancelCampaign = defineOperation({
  ...steering,
  ...steered,
  id: 'cancelCampaign',
  path: '/api/campaigns/:campaignId/cancel',
  summary: 'End a campaign',
  description: 'Nothing further is sent. It cannot be started again.',
  errors: ['FEATURE_NOT_IN_PLAN', 'CAMPAIGN_NOT_FOUND', 'CAMPAIGN_STATE'],
});
export const retryCampaign = defineOperation({
  ...steering,
  ...steered,
  id: 'retryCampaign',
  path: '/api/campaigns/:campaignId/retry',
  summary: 'Send to the failed recipients once more',
  description: 'To them only, as new messages at the pace of the campaign.',
  errors: [
    'FEATURE_NOT_IN_PLAN',
    'CAMPAIGN_NOT_FOUND',
    'CAMPAIGN_STATE',
    'CAMPAIGN_EMPTY',
    'SESSION_NOT_CONNECTED',
    'SESSION_RESTRICTED',
  ],
});

export const listCampaignEvents = defineOperation({
  ...campaigns,
  id: 'listCampaignEvents',
  method: 'GET',
  path: '/api/campaigns/:campaignId/events',
  summary: 'What happened to a campaign, and its progress over time',
  scope: 'read',
  params: CampaignParams,
  query: Type.Object({ ...pageQuery(500, 100) }, { additionalProperties: false }),
  responses: {
    200: Type.Object({
      data: Type.Array(
        Type.Object({
          type: Type.String({ examples: ['CampaignPaused'] }),
          version: Type.Integer({ description: 'Its place, from 1' }),
          at: Instant,
          data: Type.Record(Type.String(), Type.Unknown()),
        }),
      ),
      ...pageEnd,
    }),
  },
  errors: ['FEATURE_NOT_IN_PLAN', 'CAMPAIGN_NOT_FOUND', 'VALIDATION_FAILED'],
  example: { params: exampleParams, query: { limit: 100 } },
  route: { via: 'request', service: 'dispatcher' },
});
