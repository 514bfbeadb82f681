import Type, { type Static } from 'typebox';
import { Instant, MessageIdSchema, PhoneNumber, Uuid } from '../ids.ts';
import { defineOperation } from '../operation.ts';

/** WhatsApp's own limit for one text is 65,536 characters; longer ones are refused at the edge. */
export const MessageText = Type.String({ minLength: 1, maxLength: 65_536, description: 'Text of the message' });

export const MessageStatus = Type.Enum(['accepted', 'sent', 'delivered', 'read', 'failed']);
export type MessageStatus = Static<typeof MessageStatus>;

export const sendMessage = defineOperation({
  id: 'sendMessage',
  method: 'POST',
  path: '/api/sessions/:sessionId/send',
  tag: 'Messages',
  summary: 'Send a text message',
  description:
    'Waits until WhatsApp has the message (at most 10 s) and answers 200. After that, or with the header `Prefer: respond-async`, it answers 202: the message is stored and will be sent, or failed with a reason, before its deadline; `statusUrl` tells which.',
  auth: 'account',
  scope: 'send',
  quota: 'one',
  params: Type.Object({ sessionId: Uuid }, { additionalProperties: false }),
  body: Type.Object({ to: PhoneNumber, message: MessageText }, { additionalProperties: false }),
  responses: {
    200: Type.Object({
      success: Type.Boolean(),
      message: Type.String(),
      messageId: MessageIdSchema,
      status: MessageStatus,
    }),
    202: Type.Object({
      success: Type.Boolean(),
      message: Type.String(),
      messageId: MessageIdSchema,
      status: MessageStatus,
      statusUrl: Type.String(),
    }),
  },
  errors: [
    'SESSION_NOT_FOUND',
    'SESSION_NOT_CONNECTED',
    'NOT_ON_WHATSAPP',
    'RECIPIENT_RESTRICTED',
    'WHATSAPP_REJECTED',
    'SESSION_BUSY',
  ],
  example: {
    params: { sessionId: '550e8400-e29b-41d4-a716-446655440000' },
    body: { to: '919876543210', message: 'Hello from WAMessenger API!' },
  },
  route: { via: 'command', command: 'SendMessage', waitMs: 10_000 },
});

const Timeline = Type.Object({
  acceptedAt: Type.Union([Instant, Type.Null()]),
  sentAt: Type.Union([Instant, Type.Null()]),
  deliveredAt: Type.Union([Instant, Type.Null()]),
  readAt: Type.Union([Instant, Type.Null()]),
  failedAt: Type.Union([Instant, Type.Null()]),
});

export const MessageView = Type.Object(
  {
    messageId: MessageIdSchema,
    sessionId: Uuid,
    to: Type.String(),
    status: MessageStatus,
    timeline: Timeline,
    error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
  },
  { title: 'Message' },
);
export type MessageView = Static<typeof MessageView>;

export const getMessage = defineOperation({
  id: 'getMessage',
  method: 'GET',
  path: '/api/messages/:messageId',
  tag: 'Messages',
  summary: 'Status and timeline of one message',
  auth: 'account',
  scope: 'read',
  params: Type.Object({ messageId: MessageIdSchema }, { additionalProperties: false }),
  responses: { 200: MessageView },
  errors: ['MESSAGE_NOT_FOUND'],
  example: { params: { messageId: 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X' } },
  route: { via: 'request', service: 'analytics' },
});

export const getMessageStats = defineOperation({
  id: 'getMessageStats',
  method: 'GET',
  path: '/api/messages/stats',
  tag: 'Messages',
  summary: 'Message statistics',
  description:
    'Totals and one chart point per day. A message that was read also counts as delivered and sent; `total` is sent plus failed.',
  auth: 'account',
  scope: 'read',
  query: Type.Object(
    {
      days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366, default: 7 })),
      sessionId: Type.Optional(Uuid),
      timeZone: Type.Optional(
        Type.String({ minLength: 1, maxLength: 64, default: 'UTC', description: 'IANA time zone of the days' }),
      ),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      success: Type.Boolean(),
      totals: Type.Object({
        sent: Type.Integer(),
        delivered: Type.Integer(),
        read: Type.Integer(),
        failed: Type.Integer(),
        total: Type.Integer(),
      }),
      chart: Type.Object({
        labels: Type.Array(Type.String({ examples: ['Mon, Jan 8'] })),
        sent: Type.Array(Type.Integer()),
        delivered: Type.Array(Type.Integer()),
        read: Type.Array(Type.Integer()),
        failed: Type.Array(Type.Integer()),
      }),
    }),
  },
  errors: [],
  example: { query: { days: 7 } },
  route: { via: 'request', service: 'analytics' },
});

export const listFailedMessages = defineOperation({
  id: 'listFailedMessages',
  method: 'GET',
  path: '/api/messages/failed',
  tag: 'Messages',
  summary: 'Recently failed messages',
  auth: 'account',
  scope: 'read',
  query: Type.Object(
    { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 5 })), sessionId: Type.Optional(Uuid) },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      success: Type.Boolean(),
      count: Type.Integer(),
      messages: Type.Array(
        Type.Object({
          id: MessageIdSchema,
          recipient: Type.String(),
          error: Type.String(),
          code: Type.String(),
          sessionId: Uuid,
          timestamp: Instant,
          message: Type.String({ description: 'First 25 characters, then three dots' }),
        }),
      ),
    }),
  },
  errors: [],
  example: { query: { limit: 5 } },
  route: { via: 'request', service: 'analytics' },
});
