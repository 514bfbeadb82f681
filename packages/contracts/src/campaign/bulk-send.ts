/** `bulk-send` of the documentation: a campaign with one text, one session and a fixed delay. */
import Type from 'typebox';
import { ContactAddress } from '../contact/contact-address.ts';
import { CampaignIdSchema, Uuid } from '../ids.ts';
import { MessageText } from '../message/operations.ts';
import { defineOperation } from '../operation.ts';
import { campaignFields } from './campaign.ts';

export const BulkResult = Type.Object({
  contact: Type.String(),
  success: Type.Boolean(),
  status: Type.Enum(['Sent', 'Failed', 'Pending', 'Cancelled']),
  error: Type.Optional(Type.String()),
});
const Totals = { total: Type.Integer(), sent: Type.Integer(), failed: Type.Integer(), results: Type.Array(BulkResult) };
const Progress = Type.Object({
  ...Totals,
  pending: Type.Integer(),
  campaignId: CampaignIdSchema,
  statusUrl: Type.String(),
  reason: { ...campaignFields.reason, description: 'Why it is paused, when it is' },
});

export const bulkSend = defineOperation({
  id: 'bulkSend',
  method: 'POST',
  path: '/api/whatsapp/bulk-send',
  tag: 'Bulk',
  summary: 'Send one message to many recipients',
  description:
    'Answers 200 when everything was sent or failed within 30 s, otherwise 202 with the figures so far. A session that WhatsApp lets start no new chats is refused; when that happens in the middle, the rest waits and goes on by itself. Without `sessionId` the oldest connected session of the account is used.',
  auth: 'account',
  scope: 'send',
  feature: 'bulk-messaging',
  legacy: true,
  body: Type.Object(
    {
      contacts: Type.Array(
        Type.Union([ContactAddress, Type.Object({ number: ContactAddress }, { additionalProperties: true })]),
        { minItems: 1, maxItems: 10_000 },
      ),
      message: MessageText,
      delay: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 3_600_000,
          default: 2000,
          description: 'Milliseconds between two messages',
        }),
      ),
      sessionId: Type.Optional(Uuid),
    },
    { additionalProperties: false },
  ),
  responses: { 200: Type.Object({ ...Totals, campaignId: CampaignIdSchema }), 202: Progress },
  errors: [
    'FEATURE_NOT_IN_PLAN',
    'SESSION_NOT_FOUND',
    'SESSION_NOT_CONNECTED',
    'SESSION_RESTRICTED',
    'TOO_MANY_RECIPIENTS',
  ],
  example: {
    body: {
      contacts: ['919876543210', '919876543211', '919876543212'],
      message: 'Special offer just for you!',
      delay: 3000,
    },
  },
  route: { via: 'request', service: 'dispatcher', timeoutMs: 35_000 },
});
