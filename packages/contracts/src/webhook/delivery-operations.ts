/** The delivery log of a webhook: what was sent, how it went, and sending it again. */
import Type, { type Static } from 'typebox';
import { GivenInstant, Instant, Uuid, WebhookDeliveryIdSchema, WebhookIdSchema } from '../ids.ts';
import { defineOperation } from '../operation.ts';
import { pageEnd, pageQuery } from '../pages.ts';
import { exampleWebhookId, WebhookParams } from './operations.ts';

const DeliveryParams = Type.Object(
  { webhookId: WebhookIdSchema, deliveryId: WebhookDeliveryIdSchema },
  { additionalProperties: false },
);
const exampleParams = { webhookId: exampleWebhookId, deliveryId: 'dlv_01JD8X3M5N6P7Q8R9S0T1V2W3X' };

export const WebhookDeliveryStatus = Type.Enum(['pending', 'delivered', 'failed'], {
  description: 'failed: every attempt failed; it stays here as a dead letter and can be sent again',
});
export type WebhookDeliveryStatus = Static<typeof WebhookDeliveryStatus>;

const deliveryFields = {
  deliveryId: WebhookDeliveryIdSchema,
  eventId: Type.String({ description: 'Id of the event, the same in every attempt: the header webhook-id' }),
  type: Type.String(),
  sessionId: Type.Union([Uuid, Type.Null()]),
  status: WebhookDeliveryStatus,
  attempts: Type.Integer(),
  createdAt: Instant,
  endedAt: Type.Union([Instant, Type.Null()], { description: 'When it was delivered or given up' }),
  nextAttemptAt: Type.Union([Instant, Type.Null()]),
  httpStatus: Type.Union([Type.Integer(), Type.Null()], { description: 'Of the last attempt' }),
  durationMs: Type.Union([Type.Integer(), Type.Null()], { description: 'Of the last attempt' }),
  error: Type.Union([Type.String(), Type.Null()], { description: 'Why the last attempt failed' }),
};
export const WebhookDelivery = Type.Object(deliveryFields, { title: 'WebhookDelivery' });
export type WebhookDelivery = Static<typeof WebhookDelivery>;

export const WebhookAttempt = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  at: Instant,
  httpStatus: Type.Union([Type.Integer(), Type.Null()], { description: 'null: no answer came' }),
  durationMs: Type.Integer(),
  error: Type.Union([Type.String(), Type.Null()]),
  bodyExcerpt: Type.String({ description: 'First 1,000 characters of the answer' }),
});
export type WebhookAttempt = Static<typeof WebhookAttempt>;

export const listWebhookDeliveries = defineOperation({
  id: 'listWebhookDeliveries',
  method: 'GET',
  path: '/api/webhooks/:webhookId/deliveries',
  tag: 'Webhooks',
  summary: 'Delivery log of a webhook, newest first',
  description:
    'One page of it. For the next page repeat the request with `cursor` set to `nextCursor`. `status=failed` are the dead letters. Of a rare `type` a page may be short, or empty, and have another one behind it.',
  auth: 'account',
  scope: 'read',
  params: WebhookParams,
  query: Type.Object(
    {
      status: Type.Optional(WebhookDeliveryStatus),
      type: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      since: Type.Optional(GivenInstant),
      until: Type.Optional(GivenInstant),
      ...pageQuery(100, 20),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      data: Type.Array(WebhookDelivery),
      ...pageEnd,
    }),
  },
  errors: ['WEBHOOK_NOT_FOUND'],
  example: { params: { webhookId: exampleWebhookId }, query: { status: 'failed' } },
  route: { via: 'request', service: 'webhooks' },
});

export const getWebhookDelivery = defineOperation({
  id: 'getWebhookDelivery',
  method: 'GET',
  path: '/api/webhooks/:webhookId/deliveries/:deliveryId',
  tag: 'Webhooks',
  summary: 'One delivery with its body and attempts',
  auth: 'account',
  scope: 'read',
  params: DeliveryParams,
  responses: {
    200: Type.Object({
      ...deliveryFields,
      body: Type.Unknown({ description: 'What is sent' }),
      history: Type.Array(WebhookAttempt, { description: 'Attempts, oldest first' }),
    }),
  },
  errors: ['WEBHOOK_NOT_FOUND', 'DELIVERY_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'request', service: 'webhooks' },
});

export const resendWebhookDelivery = defineOperation({
  id: 'resendWebhookDelivery',
  method: 'POST',
  path: '/api/webhooks/:webhookId/deliveries/:deliveryId/resend',
  tag: 'Webhooks',
  summary: 'Send one delivery again',
  description: 'Delivered or failed, it starts its attempts anew, with the same webhook-id.',
  auth: 'account',
  scope: 'manage',
  feature: 'webhooks',
  params: DeliveryParams,
  responses: { 202: WebhookDelivery },
  errors: ['FEATURE_NOT_IN_PLAN', 'WEBHOOK_NOT_FOUND', 'DELIVERY_NOT_FOUND', 'WEBHOOK_DISABLED'],
  example: { params: exampleParams },
  route: { via: 'request', service: 'webhooks' },
});

export const replayWebhook = defineOperation({
  id: 'replayWebhook',
  method: 'POST',
  path: '/api/webhooks/:webhookId/replay',
  tag: 'Webhooks',
  summary: 'Send the deliveries of a time range again',
  description: 'By default those that failed; `all` sends what was delivered too. Bounded by the retention of the log.',
  auth: 'account',
  scope: 'manage',
  feature: 'webhooks',
  params: WebhookParams,
  body: Type.Object(
    {
      since: GivenInstant,
      until: Type.Optional(GivenInstant),
      status: Type.Optional(Type.Enum(['failed', 'all'], { default: 'failed' })),
    },
    { additionalProperties: false },
  ),
  responses: { 202: Type.Object({ webhookId: WebhookIdSchema, queued: Type.Integer() }) },
  errors: ['FEATURE_NOT_IN_PLAN', 'WEBHOOK_NOT_FOUND', 'WEBHOOK_DISABLED'],
  example: { params: { webhookId: exampleWebhookId }, body: { since: '2024-01-15T10:30:00.000Z' } },
  route: { via: 'request', service: 'webhooks' },
});
