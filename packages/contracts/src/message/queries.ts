/** Looking at messages: one, many, the failed ones, their figures. */
import Type, { type Static, type TSchema } from 'typebox';
import { ContactAddress } from '../contact/contact-address.ts';
import { CampaignIdSchema, GivenInstant, Instant, MessageIdSchema, Uuid } from '../ids.ts';
import { defineOperation } from '../operation.ts';
import { pageEnd, pageQuery } from '../pages.ts';
import { MediaHeader, MessageReference, ReceivedKind } from './events.ts';
import { MessageStatus, messageStatuses } from './operations.ts';

/** out: sent through the API; in: written to a session. */
export const MessageDirection = Type.Enum(['out', 'in'], { description: 'out: sent through the API; in: received' });

const Timeline = Type.Object({
  acceptedAt: Type.Union([Instant, Type.Null()], { description: 'For an incoming message: when it was received' }),
  sentAt: Type.Union([Instant, Type.Null()]),
  deliveredAt: Type.Union([Instant, Type.Null()]),
  readAt: Type.Union([Instant, Type.Null()]),
  failedAt: Type.Union([Instant, Type.Null()]),
});

const orNull = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });

/** Header of a file and its name. */
export const ReceivedMedia = Type.Object({ ...MediaHeader.properties, fileName: Type.Optional(Type.String()) });
export const ReceivedLocation = Type.Object({
  latitude: Type.Number(),
  longitude: Type.Number(),
  name: Type.Optional(Type.String()),
  address: Type.Optional(Type.String()),
});
export const ReceivedContacts = Type.Array(
  Type.Object({ name: Type.String(), phones: Type.Array(Type.String({ description: 'Digits' })) }),
);

/** Content of an incoming message; empty or null when the key that sealed it is gone. */
export const ReceivedContent = Type.Object({
  kind: ReceivedKind,
  text: Type.String({ description: 'Whole text, caption or emoji; the new text of an edit' }),
  fromName: orNull(Type.String(), 'The name the sender goes by'),
  fromLid: orNull(Type.String(), "WhatsApp's identifier of the sender that is not the phone number, digits"),
  group: orNull(Type.String(), 'Id of the group it was written in'),
  writtenAt: orNull(Instant),
  offline: Type.Boolean({ description: 'Whether it waited on the server while the session was away' }),
  target: orNull(MessageReference, 'What a reaction, an edit or a deletion is about'),
  replyTo: orNull(MessageReference, 'The message it quotes'),
  media: orNull(ReceivedMedia),
  location: orNull(ReceivedLocation),
  contacts: orNull(ReceivedContacts),
});
export type ReceivedContent = Static<typeof ReceivedContent>;

export const MessageView = Type.Object(
  {
    messageId: MessageIdSchema,
    sessionId: Uuid,
    direction: MessageDirection,
    to: Type.Union([Type.String(), Type.Null()], {
      description: 'Recipient: the number, or `<lid>@lid` while WhatsApp hides it; null for an incoming message',
    }),
    from: Type.Union([Type.String(), Type.Null()], {
      description:
        'Sender, as `to` of a send takes it: the number, or `<lid>@lid` while WhatsApp hides it; null for an outgoing message',
    }),
    status: Type.Enum([...messageStatuses, 'received'], { description: 'Incoming messages are `received`' }),
    text: Type.String({ description: 'First 100 characters' }),
    campaignId: Type.Union([CampaignIdSchema, Type.Null()]),
    timeline: Timeline,
    error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
    received: orNull(ReceivedContent, 'Content of an incoming message; null for an outgoing one'),
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

export const listMessages = defineOperation({
  id: 'listMessages',
  method: 'GET',
  path: '/api/messages',
  tag: 'Messages',
  summary: 'Messages of the account, newest first',
  description:
    'One page of them: sent ones, or with `direction=in` those written to the sessions. For the next page repeat the request with `cursor` set to `nextCursor`; messages that arrive meanwhile do not shift the pages. With a `status`, or with a session beside a recipient, a page looks 20,500 messages through at most: it may hold fewer than `limit`, even none, while `hasMore` is true. A message whose status changes while you page is in the list as it is when its page is read.',
  auth: 'account',
  scope: 'read',
  query: Type.Object(
    {
      sessionId: Type.Optional(Uuid),
      status: Type.Optional(MessageStatus),
      recipient: Type.Optional(ContactAddress),
      since: Type.Optional(GivenInstant),
      until: Type.Optional(GivenInstant),
      direction: Type.Optional(Type.Enum(['out', 'in'], { default: 'out' })),
      ...pageQuery(100, 20),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      data: Type.Array(MessageView),
      ...pageEnd,
    }),
  },
  errors: [],
  example: { query: { status: 'failed', limit: 20 } },
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

const Percentiles = Type.Object(
  {
    count: Type.Integer({ description: 'Messages measured' }),
    p50Ms: Type.Union([Type.Integer(), Type.Null()]),
    p95Ms: Type.Union([Type.Integer(), Type.Null()]),
    p99Ms: Type.Union([Type.Integer(), Type.Null()]),
  },
  { description: 'Milliseconds, at most 9 % off; null when nothing was measured' },
);

export const getMessageLatency = defineOperation({
  id: 'getMessageLatency',
  method: 'GET',
  path: '/api/messages/latency',
  tag: 'Messages',
  summary: 'How long messages take',
  description:
    'Percentiles of the time between two stages of a message, over the messages accepted in the last days. A stage counts once both of its ends are known.',
  auth: 'account',
  scope: 'read',
  query: Type.Object(
    {
      days: Type.Optional(Type.Integer({ minimum: 1, maximum: 31, default: 7, description: 'Spans of 24 hours' })),
      sessionId: Type.Optional(Uuid),
    },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      from: Instant,
      to: Instant,
      acceptedToSent: Percentiles,
      sentToDelivered: Percentiles,
      deliveredToRead: Percentiles,
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
          message: Type.String({ description: 'First 26 characters, then three dots when there are more' }),
        }),
      ),
    }),
  },
  errors: [],
  example: { query: { limit: 5 } },
  route: { via: 'request', service: 'analytics' },
});
