/** Sending: one message, many at once, a failed one again. */
import Type, { type Static } from 'typebox';
import { ContactAddress } from '../contact/contact-address.ts';
import { MessageIdSchema, Uuid } from '../ids.ts';
import { defineOperation } from '../operation.ts';

/** WhatsApp's own limit for one text is 65,536 characters; longer ones are refused at the edge. */
export const MessageText = Type.String({ minLength: 1, maxLength: 65_536, description: 'Text of the message' });

export const messageStatuses = ['accepted', 'sent', 'delivered', 'read', 'failed'] as const;
export const MessageStatus = Type.Enum([...messageStatuses]);
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
  body: Type.Object({ to: ContactAddress, message: MessageText }, { additionalProperties: false }),
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

const exampleMessageId = 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X';
const resendOf = MessageIdSchema;

export const resendMessage = defineOperation({
  id: 'resendMessage',
  method: 'POST',
  path: '/api/messages/:messageId/resend',
  tag: 'Messages',
  summary: 'Send a failed message again',
  description:
    'Makes a new message with the text and recipient of the failed one, through the same session. Texts are kept for at least 24 hours. Answers like send: 200 with the outcome, or 202.',
  auth: 'account',
  scope: 'send',
  quota: 'one',
  params: Type.Object({ messageId: MessageIdSchema }, { additionalProperties: false }),
  responses: {
    200: Type.Object({ ...sendMessage.responses[200].properties, resendOf }),
    202: Type.Object({ ...sendMessage.responses[202].properties, resendOf }),
  },
  errors: [
    'MESSAGE_NOT_FOUND',
    'MESSAGE_NOT_RESENDABLE',
    'SESSION_NOT_CONNECTED',
    'NOT_ON_WHATSAPP',
    'RECIPIENT_RESTRICTED',
    'WHATSAPP_REJECTED',
    'SESSION_BUSY',
  ],
  example: { params: { messageId: exampleMessageId } },
  route: { via: 'command', command: 'ResendMessage', waitMs: 10_000, session: 'of-failed-message' },
});

export const sendMessageBatch = defineOperation({
  id: 'sendMessageBatch',
  method: 'POST',
  path: '/api/sessions/:sessionId/messages/batch',
  tag: 'Messages',
  summary: 'Send up to 500 different messages',
  description:
    'Answers 202 as soon as the messages are stored; they are sent in the order given. One row per message: a row with status `rejected` was not stored, because the queue of the session was full. When none was stored the answer is that error. Each message is sent, or failed with a reason, within ten minutes.',
  auth: 'account',
  scope: 'send',
  quota: 'per-message',
  params: Type.Object({ sessionId: Uuid }, { additionalProperties: false }),
  body: Type.Object(
    {
      messages: Type.Array(Type.Object({ to: ContactAddress, message: MessageText }, { additionalProperties: false }), {
        minItems: 1,
        maxItems: 500,
      }),
    },
    { additionalProperties: false },
  ),
  responses: {
    202: Type.Object({
      success: Type.Boolean({ description: 'Whether every message was stored' }),
      accepted: Type.Integer({ description: 'How many messages were stored' }),
      messages: Type.Array(
        Type.Object({
          to: Type.String(),
          status: Type.Enum(['accepted', 'rejected']),
          messageId: Type.Optional(MessageIdSchema),
          statusUrl: Type.Optional(Type.String()),
          code: Type.Optional(Type.String({ description: 'Why it was rejected, from the error catalogue' })),
        }),
        { description: 'In the order of the request' },
      ),
    }),
  },
  errors: ['SESSION_NOT_FOUND', 'SESSION_BUSY'],
  example: {
    params: { sessionId: '550e8400-e29b-41d4-a716-446655440000' },
    body: {
      messages: [
        { to: '919876543210', message: 'Your order 1041 has left our warehouse.' },
        { to: '919876543211', message: 'Your order 1042 has left our warehouse.' },
      ],
    },
  },
  route: { via: 'command', command: 'SendMessage', waitMs: 0 },
});
