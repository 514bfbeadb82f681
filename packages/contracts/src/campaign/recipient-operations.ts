/** The recipients of a campaign: a file of them, what it will send them, what became of each. */
import Type from 'typebox';
import { Instant, MessageIdSchema, Uuid } from '../ids.ts';
import { defineOperation } from '../operation.ts';
import { pageEnd, pageQuery } from '../pages.ts';
import { campaignFields, RecipientState } from './campaign.ts';
import { CampaignParams, campaigns, exampleParams } from './of-campaigns.ts';

const problemRow = Type.Object({
  row: Type.Integer({ description: 'Line of the file, or place in `contacts`, from 1' }),
  kind: Type.Enum(['bad', 'duplicate', 'opted-out']),
  reason: Type.String(),
  value: Type.String({ description: 'What stands there, as far as it can be shown' }),
});

export const uploadRecipients = defineOperation({
  ...campaigns,
  id: 'uploadRecipients',
  method: 'POST',
  path: '/api/campaigns/:campaignId/recipients',
  summary: 'Upload recipients as CSV or NDJSON',
  description:
    'The body is the file itself, up to 1,000,000 rows, and may be streamed. CSV: the first line names the columns, one of them `number` (or `phone`), which also takes `<lid>@lid` of those who wrote while WhatsApp hid their number; separated by commas, semicolons or tabs; UTF-8, or UTF-16 with its mark. NDJSON: one object in each line. The other columns fill the placeholders of the message. Rows that cannot be used are left out and listed with their line and the reason; the first 10,000 of a campaign are kept for the preview. Nothing of a file that breaks off is kept.',
  scope: 'send',
  params: CampaignParams,
  noIdempotencyKey: 'Numbers that are there already are left out, so that a repeated upload changes nothing.',
  responses: {
    200: Type.Object({
      rows: Type.Integer({ description: 'Rows read' }),
      added: Type.Integer({ description: 'Rows that became recipients' }),
      bad: Type.Integer(),
      duplicates: Type.Integer(),
      optedOut: Type.Integer(),
      total: Type.Integer({ description: 'Recipients of the campaign now' }),
      problems: Type.Array(problemRow, { description: 'The first 100' }),
    }),
  },
  errors: [
    'FEATURE_NOT_IN_PLAN',
    'CAMPAIGN_NOT_FOUND',
    'CAMPAIGN_STATE',
    'TOO_MANY_RECIPIENTS',
    'VALIDATION_FAILED',
    'CONFLICT',
  ],
  example: { params: exampleParams },
  route: {
    via: 'upload',
    service: 'dispatcher',
    contentTypes: ['text/csv', 'application/x-ndjson'],
    maxBytes: 2_147_483_648,
    example: 'number,name\n919876543210,Asha\n919876543211,Ravi\n',
  },
});

export const previewCampaign = defineOperation({
  ...campaigns,
  id: 'previewCampaign',
  method: 'GET',
  path: '/api/campaigns/:campaignId/preview',
  summary: 'What a campaign will send, and which rows it leaves out',
  scope: 'read',
  params: CampaignParams,
  query: Type.Object({ ...pageQuery(1000, 100) }, { additionalProperties: false }),
  responses: {
    200: Type.Object({
      total: Type.Integer({ description: 'Recipients' }),
      problems: campaignFields.problems,
      sample: Type.Array(Type.Object({ number: Type.String(), text: Type.String() }), {
        description: 'The first messages with their values filled in',
      }),
      estimatedSeconds: Type.Union([Type.Integer(), Type.Null()], {
        description:
          'From its start, or from now when it has started, until its last message leaves: with its pauses, its sending hours, the limits and the warm-up of its sessions, and the daily quota of the account. As if nothing else was sent and nothing held it up. null when its time is over before: it has 30 days',
      }),
      estimatedEndAt: Type.Union([Instant, Type.Null()], {
        description: 'When that is; a draft is thought to be started now. null when nothing is left to send',
      }),
      data: Type.Array(problemRow, { description: 'Rows that are left out' }),
      ...pageEnd,
    }),
  },
  errors: ['FEATURE_NOT_IN_PLAN', 'CAMPAIGN_NOT_FOUND', 'VALIDATION_FAILED'],
  example: { params: exampleParams, query: { limit: 100 } },
  route: { via: 'request', service: 'dispatcher' },
});

export const exportCampaign = defineOperation({
  ...campaigns,
  id: 'exportCampaign',
  method: 'GET',
  path: '/api/campaigns/:campaignId/export',
  summary: 'Recipients and their outcomes as CSV',
  description:
    'With `state` only those. The values of the placeholders have columns too, so that the file of the failed ones may be uploaded to another campaign as it is. Cells that a spreadsheet would carry out as formulas have an apostrophe in front.',
  scope: 'read',
  params: CampaignParams,
  query: Type.Object({ state: Type.Optional(RecipientState) }, { additionalProperties: false }),
  responses: { 200: Type.String() },
  errors: ['FEATURE_NOT_IN_PLAN', 'CAMPAIGN_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'download', service: 'dispatcher', contentType: 'text/csv' },
});

export const listCampaignRecipients = defineOperation({
  ...campaigns,
  id: 'listCampaignRecipients',
  method: 'GET',
  path: '/api/campaigns/:campaignId/recipients',
  summary: 'Recipients of a campaign and what became of them',
  scope: 'read',
  params: CampaignParams,
  query: Type.Object(
    { state: Type.Optional(RecipientState), ...pageQuery(1000, 100) },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      data: Type.Array(
        Type.Object({
          number: Type.String(),
          state: RecipientState,
          sessionId: Type.Union([Uuid, Type.Null()]),
          messageId: Type.Union([MessageIdSchema, Type.Null()]),
          error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
          updatedAt: Instant,
        }),
      ),
      ...pageEnd,
    }),
  },
  errors: ['FEATURE_NOT_IN_PLAN', 'CAMPAIGN_NOT_FOUND', 'VALIDATION_FAILED'],
  example: { params: exampleParams, query: { state: 'failed', limit: 100 } },
  route: { via: 'request', service: 'dispatcher' },
});
