/** Webhooks: addresses of the customer that are told what happens, each with its own secret and filter. */
import Type, { type Static } from 'typebox';
import { EventTypePattern, type PublicEvent, publicEventTypes } from '../feed/public-events.ts';
import { Instant, Uuid, WebhookIdSchema } from '../ids.ts';
import { defineOperation } from '../operation.ts';
import type { SessionMetadata } from '../session/events.ts';
import { WebhookDisabledReason } from './events.ts';

export const WebhookParams = Type.Object({ webhookId: WebhookIdSchema }, { additionalProperties: false });
export const exampleWebhookId = 'wh_01JD8X3M5N6P7Q8R9S0T1V2W3X';
const exampleParams = { webhookId: exampleWebhookId };

/** Form only; which addresses may be called is the service's to decide. */
const Url = Type.String({
  pattern: '^https?://[^\\s#]+$',
  maxLength: 2048,
  description: 'URL of the receiver, https',
  examples: ['https://example.com/hooks/wamessenger'],
});
const EventTypeFilter = Type.Array(EventTypePattern, {
  maxItems: 50,
  uniqueItems: true,
  description: 'Types of event to send, also those to come of a kind: `message.*`; none means all',
});
const Description = Type.String({ maxLength: 500 });
const CustomHeaders = Type.Record(Type.String(), Type.String({ maxLength: 1000 }), {
  maxProperties: 10,
  propertyNames: { type: 'string', maxLength: 100 },
  description: 'Sent with every delivery, for example to authenticate; kept sealed and never shown again',
});
const Secret = Type.String({
  description: 'Signing secret, shown in this answer only',
  examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
});

/** What a test sends when no type is asked for. */
export const webhookTestType = 'webhook.test';

/**
 * Body of a delivery: the public event, and what its receiver needs to know of the session without asking. No QR code is ever sent: who
 * has it can take the session.
 */
export type WebhookPayload = (
  | PublicEvent
  | { id: string; type: typeof webhookTestType; timestamp: string; sessionId?: string; data: { message: string } }
) & {
  /** Absent for what belongs to no single session. `phone` and `lid` are the session's own, digits. */
  session?: { sessionId: string; name: string; phone: string | null; lid: string | null; metadata: SessionMetadata };
};

const viewFields = {
  webhookId: WebhookIdSchema,
  url: Type.String(),
  description: Type.String(),
  eventTypes: Type.Array(Type.String(), { description: 'Empty: all' }),
  sessionId: Type.Union([Uuid, Type.Null()], { description: 'null: all sessions of the account' }),
  ordered: Type.Boolean({ description: 'Whether the events of a session are sent one by one, in their order' }),
  headerNames: Type.Array(Type.String(), { description: 'Of the custom headers; their values are secret' }),
  mode: Type.Enum(['live', 'test'], { description: 'test: made with a test key, told of sandbox sessions only' }),
  status: Type.Enum(['active', 'paused', 'disabled'], {
    description: 'paused: events wait; disabled: nothing is sent or kept until it is resumed',
  }),
  disabledReason: Type.Union([WebhookDisabledReason, Type.Null()]),
  failingSince: Type.Union([Instant, Type.Null()], { description: 'First failure since the last success' }),
  previousSecretExpiresAt: Type.Union([Instant, Type.Null()], {
    description: 'Until then deliveries are signed with the secret before the last rotation too',
  }),
  createdAt: Instant,
  updatedAt: Instant,
};
export const WebhookView = Type.Object(viewFields, { title: 'Webhook' });
export type WebhookView = Static<typeof WebhookView>;

export const createWebhook = defineOperation({
  id: 'createWebhook',
  method: 'POST',
  path: '/api/webhooks',
  tag: 'Webhooks',
  summary: 'Create a webhook',
  description:
    'Events are sent as POST, signed as Standard Webhooks describes. `ordered` sends the events of a session one by one: one that fails holds back those behind it.',
  auth: 'account',
  scope: 'manage',
  feature: 'webhooks',
  body: Type.Object(
    {
      url: Url,
      description: Type.Optional(Description),
      eventTypes: Type.Optional(EventTypeFilter),
      sessionId: Type.Optional(Uuid),
      headers: Type.Optional(CustomHeaders),
      ordered: Type.Optional(Type.Boolean({ default: false })),
    },
    { additionalProperties: false },
  ),
  responses: { 201: Type.Object({ ...viewFields, secret: Secret }) },
  errors: ['FEATURE_NOT_IN_PLAN', 'WEBHOOK_LIMIT_REACHED', 'WEBHOOK_URL_NOT_ALLOWED', 'SESSION_NOT_FOUND'],
  example: { body: { url: 'https://example.com/hooks/wamessenger', eventTypes: ['message.received'] } },
  route: { via: 'request', service: 'webhooks' },
});

export const listWebhooks = defineOperation({
  id: 'listWebhooks',
  method: 'GET',
  path: '/api/webhooks',
  tag: 'Webhooks',
  summary: 'List the webhooks of the account',
  auth: 'account',
  scope: 'read',
  responses: { 200: Type.Object({ webhooks: Type.Array(WebhookView), total: Type.Integer() }) },
  errors: [],
  example: {},
  route: { via: 'request', service: 'webhooks' },
});

export const getWebhook = defineOperation({
  id: 'getWebhook',
  method: 'GET',
  path: '/api/webhooks/:webhookId',
  tag: 'Webhooks',
  summary: 'One webhook',
  auth: 'account',
  scope: 'read',
  params: WebhookParams,
  responses: { 200: WebhookView },
  errors: ['WEBHOOK_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'request', service: 'webhooks' },
});

export const updateWebhook = defineOperation({
  id: 'updateWebhook',
  method: 'PATCH',
  path: '/api/webhooks/:webhookId',
  tag: 'Webhooks',
  summary: 'Change a webhook',
  description: 'What is left out stays as it is; `headers` and `eventTypes` are replaced as a whole.',
  auth: 'account',
  scope: 'manage',
  feature: 'webhooks',
  params: WebhookParams,
  body: Type.Object(
    {
      url: Type.Optional(Url),
      description: Type.Optional(Description),
      eventTypes: Type.Optional(EventTypeFilter),
      sessionId: Type.Optional(Type.Union([Uuid, Type.Null()])),
      headers: Type.Optional(CustomHeaders),
      ordered: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  responses: { 200: WebhookView },
  errors: ['FEATURE_NOT_IN_PLAN', 'WEBHOOK_NOT_FOUND', 'WEBHOOK_URL_NOT_ALLOWED', 'SESSION_NOT_FOUND'],
  example: { params: exampleParams, body: { description: 'CRM', ordered: true } },
  route: { via: 'request', service: 'webhooks' },
});

export const deleteWebhook = defineOperation({
  id: 'deleteWebhook',
  method: 'DELETE',
  path: '/api/webhooks/:webhookId',
  tag: 'Webhooks',
  summary: 'Delete a webhook',
  description: 'What waits to be sent to it is dropped, its delivery log is gone.',
  auth: 'account',
  scope: 'manage',
  params: WebhookParams,
  responses: { 200: Type.Object({ success: Type.Boolean(), message: Type.String() }) },
  errors: ['WEBHOOK_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'request', service: 'webhooks' },
});

export const pauseWebhook = defineOperation({
  id: 'pauseWebhook',
  method: 'POST',
  path: '/api/webhooks/:webhookId/pause',
  tag: 'Webhooks',
  summary: 'Pause a webhook',
  description: 'Events are kept and sent when it is resumed.',
  auth: 'account',
  scope: 'manage',
  params: WebhookParams,
  responses: { 200: WebhookView },
  errors: ['WEBHOOK_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'request', service: 'webhooks' },
});

export const resumeWebhook = defineOperation({
  id: 'resumeWebhook',
  method: 'POST',
  path: '/api/webhooks/:webhookId/resume',
  tag: 'Webhooks',
  summary: 'Resume a paused or disabled webhook',
  auth: 'account',
  scope: 'manage',
  feature: 'webhooks',
  params: WebhookParams,
  responses: { 200: WebhookView },
  errors: ['FEATURE_NOT_IN_PLAN', 'WEBHOOK_NOT_FOUND'],
  example: { params: exampleParams },
  route: { via: 'request', service: 'webhooks' },
});

export const rotateWebhookSecret = defineOperation({
  id: 'rotateWebhookSecret',
  method: 'POST',
  path: '/api/webhooks/:webhookId/rotate-secret',
  tag: 'Webhooks',
  summary: 'Replace the signing secret of a webhook',
  description:
    'For `overlapHours` every delivery carries two signatures, of the new secret and of the one before, so that receivers can change over.',
  auth: 'account',
  scope: 'manage',
  params: WebhookParams,
  body: Type.Object(
    { overlapHours: Type.Optional(Type.Integer({ minimum: 0, maximum: 168, default: 24 })) },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({ webhookId: WebhookIdSchema, secret: Secret, previousSecretExpiresAt: Instant }),
  },
  errors: ['WEBHOOK_NOT_FOUND'],
  example: { params: exampleParams, body: { overlapHours: 24 } },
  route: { via: 'request', service: 'webhooks' },
});

/** Longer than the limit of an attempt, which is 15 s. */
const testTimeoutMs = 20_000;

export const testWebhook = defineOperation({
  id: 'testWebhook',
  method: 'POST',
  path: '/api/webhooks/:webhookId/test',
  tag: 'Webhooks',
  summary: 'Send a test event to a webhook',
  description:
    'Sends `webhook.test`, or a sample of another type, at once and once, whatever the filter and status of the webhook, and answers how it went.',
  auth: 'account',
  scope: 'manage',
  feature: 'webhooks',
  params: WebhookParams,
  body: Type.Object(
    {
      type: Type.Optional(
        Type.Enum([...publicEventTypes, webhookTestType], { default: webhookTestType, description: 'Event type' }),
      ),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      delivered: Type.Boolean({ description: 'Whether the receiver answered 2xx' }),
      eventId: Type.String(),
      httpStatus: Type.Union([Type.Integer(), Type.Null()]),
      durationMs: Type.Integer(),
      error: Type.Union([Type.String(), Type.Null()]),
      bodyExcerpt: Type.String(),
    }),
  },
  errors: ['FEATURE_NOT_IN_PLAN', 'WEBHOOK_NOT_FOUND'],
  example: { params: exampleParams, body: {} },
  route: { via: 'request', service: 'webhooks', timeoutMs: testTimeoutMs },
});
