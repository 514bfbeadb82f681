/**
 * What customers see of the event log: the events of sockets, webhooks and `GET /api/events`. Each is made of one stored event by
 * `toPublicEvent` of @wam/public-events, opened for the owner of the account.
 */
import Type, { type Static, type TObject } from 'typebox';
import { CampaignScheduled } from '../campaign/events.ts';
import { CampaignIdSchema, Instant, MessageIdSchema, Uuid } from '../ids.ts';
import { MessageReceived } from '../message/events.ts';
import { ReceivedContacts, ReceivedLocation, ReceivedMedia } from '../message/queries.ts';
import { DisconnectCause, NetworkSchema, SessionMetadata } from '../session/events.ts';
import { WebhookDisabled } from '../webhook/events.ts';

const session = { sessionId: Uuid };
const Address = Type.String({
  description:
    'Digits with country code, or `<lid>@lid` while WhatsApp hides the number; `to` of a send takes it as it stands',
});
const Phone = Type.String({ description: 'Digits with country code' });
const Lid = Type.String({ description: "WhatsApp's identifier of a user that is not the phone number, digits" });
const Reason = Type.String({ description: 'Why, in plain words' });
const orNull = <T extends TObject | ReturnType<typeof Type.String>>(schema: T) => Type.Union([schema, Type.Null()]);

export const publicEvents = {
  'session.created': Type.Object({
    ...session,
    name: Type.String(),
    network: NetworkSchema,
    metadata: Type.Optional(SessionMetadata),
  }),
  /** Another name, description or metadata. */
  'session.updated': Type.Object({
    ...session,
    name: Type.String(),
    description: Type.String(),
    metadata: SessionMetadata,
  }),
  'session.connecting': Type.Object(session),
  'session.qr': Type.Object({
    ...session,
    qrCode: Type.Union([Type.String(), Type.Null()], {
      description:
        'PNG data URL. Null where the code is not valid any more, and for credentials without the scope manage: whoever has the code can take the session',
    }),
    expiresAt: Instant,
  }),
  'session.paired': Type.Object({ ...session, phone: Phone, lid: Type.Optional(Lid) }),
  'session.connected': Type.Object({ ...session, phone: Phone }),
  'session.reconnecting': Type.Object({
    ...session,
    reason: Reason,
    cause: DisconnectCause,
    attempt: Type.Integer(),
    delayMs: Type.Integer(),
  }),
  'session.disconnected': Type.Object({ ...session, reason: Reason, cause: DisconnectCause }),
  'session.failed': Type.Object({ ...session, reason: Reason, cause: DisconnectCause }),
  /** It may start no new chats for a time; comes again when the end changes. */
  'session.restricted': Type.Object({ ...session, reason: Reason, until: Instant }),
  'session.unrestricted': Type.Object(session),
  /** Behind `session.disconnected`, where the session was connected. */
  'session.deleted': Type.Object(session),
  'message.received': Type.Object({
    ...session,
    messageId: MessageIdSchema,
    waMessageId: Type.String({ description: 'Id on the wire' }),
    from: orNull(Address),
    lid: Type.Optional(Lid),
    name: Type.Optional(Type.String({ description: 'The name the sender goes by' })),
    group: Type.Optional(Type.String({ description: 'Id of the group it was written in' })),
    kind: MessageReceived.properties.kind,
    text: orNull(Type.String({ description: 'Whole text; null when the key that sealed it is gone' })),
    offline: MessageReceived.properties.offline,
    receivedAt: Instant,
    writtenAt: MessageReceived.properties.writtenAt,
    target: MessageReceived.properties.target,
    replyTo: MessageReceived.properties.replyTo,
    media: Type.Optional(ReceivedMedia),
    location: Type.Optional(ReceivedLocation),
    contacts: Type.Optional(ReceivedContacts),
  }),
  'message.status': Type.Object({
    ...session,
    messageId: MessageIdSchema,
    status: Type.Enum(['sent', 'delivered', 'read', 'failed']),
    campaignId: Type.Optional(CampaignIdSchema),
    to: Type.Optional(orNull(Type.String({ description: 'Recipient of a failed message, number or `<lid>@lid`' }))),
    code: Type.Optional(Type.String({ description: 'Why it failed: a code of the error catalogue' })),
    reason: Type.Optional(Reason),
  }),
  /** It begins by itself at that time; comes again when the time is changed. */
  'campaign.scheduled': Type.Object({ ...CampaignScheduled.properties, sessionId: Type.Optional(Uuid) }),
  'campaign.progress': Type.Object({
    sessionId: Type.Optional(Uuid),
    campaignId: CampaignIdSchema,
    status: Type.Enum(['running', 'paused', 'cancelled', 'completed']),
    total: Type.Integer(),
    sent: Type.Integer(),
    failed: Type.Integer(),
    optedOut: Type.Optional(Type.Integer()),
    code: Type.Optional(Type.String({ description: 'Why it is paused: a code of the error catalogue' })),
    reason: Type.Optional(Reason),
  }),
  'webhook.disabled': Type.Object({
    ...WebhookDisabled.properties,
    sessionId: Type.Optional(Uuid),
  }),
} as const satisfies Record<string, TObject>;

export type PublicEventType = keyof typeof publicEvents;
export const publicEventTypes = Object.keys(publicEvents) as readonly PublicEventType[];
export const PublicEventType = Type.Enum(publicEventTypes as PublicEventType[]);

/** `session.*` and the like stand for all types of the domain. */
const domains = [...new Set(publicEventTypes.map((type) => type.slice(0, type.indexOf('.'))))];
export const eventTypePatterns: readonly string[] = [...publicEventTypes, ...domains.map((domain) => `${domain}.*`)];
/** What followers of the feed and webhooks may ask for. */
export const EventTypePattern = Type.Enum([...eventTypePatterns], {
  description: 'Type of event, or all of a kind: `session.*`, `message.*`, `campaign.*`',
});
/** Whether one of the patterns names the type. */
export const namesEventType = (patterns: readonly string[], type: string): boolean =>
  patterns.some((pattern) => pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))));

/** One of the account's own events. `id` is the same wherever and however often it is seen: clients and receivers deduplicate by it. */
export type PublicEvent = {
  [T in PublicEventType]: {
    id: string;
    type: T;
    /** When it happened. */
    timestamp: string;
    /** Absent for what belongs to no single session. */
    sessionId?: string;
    data: Static<(typeof publicEvents)[T]>;
  };
}[PublicEventType];

/** What an event of the feed says of its session, as webhooks do: the customer's own words. */
export const FeedSession = Type.Object(
  { sessionId: Uuid, name: Type.String(), metadata: SessionMetadata },
  {
    description: 'The session it is about. Absent for what belongs to no single session, and while nobody can be asked',
  },
);
export type FeedSession = Static<typeof FeedSession>;

/** A public event at its place in the feed. */
export type FeedEvent = PublicEvent & { session?: FeedSession; cursor: string };

export const FeedCursor = Type.String({
  pattern: '^[A-Za-z0-9_-]{1,64}$',
  description: 'Place in the feed. Opaque: keep it, send it back, do not read it',
  examples: ['bz3k9f2a_1042'],
});

/** The whole event as sockets and `GET /api/events` send it. */
export const publicEventSchema = (type: PublicEventType) =>
  Type.Object({
    id: Type.String({ description: 'The same wherever and however often the event is seen' }),
    type: Type.Literal(type),
    timestamp: Instant,
    sessionId: Type.Optional(Uuid),
    session: Type.Optional(FeedSession),
    cursor: FeedCursor,
    data: publicEvents[type],
  });

/** Session events reach every plan, as documented; the others are what the plans call "All notifications". */
export const needsNotifications = (type: PublicEventType): boolean => !type.startsWith('session.');

/** Names under which Socket.IO emits an event: the documentation's where it has one, otherwise the type. */
export const socketEventNames: Readonly<Partial<Record<PublicEventType, string>>> = {
  'session.qr': 'qr',
  'session.connected': 'connected',
  'session.reconnecting': 'reconnecting',
  'session.disconnected': 'disconnected',
  'message.received': 'message',
};
