/** Life of a message, on `evt.message.<tenant>.<session>`; one writer (the owner of the session), no optimistic concurrency. */
import Type, { type Static } from 'typebox';
import type { EventOf } from '../envelope.ts';
import { CalendarDay, CampaignIdSchema, Instant, MessageIdSchema, Uuid } from '../ids.ts';

/**
 * Base64 of an AES-256-GCM envelope over JSON {@link MessagePrivate}: numbers and text are never in the log in the clear, so that
 * dropping the tenant's or contact's key erases them. Sealed with context {tenant, purpose: 'message', id: messageId}.
 */
const Sealed = Type.String({ description: 'Sealed recipient and text excerpt' });
/** Purpose in the seal context of {@link MessagePrivate}. Has a key of its own, so that who may read messages cannot open Signal keys. */
export const messageSealPurpose = 'message';
export interface MessagePrivate {
  /** The other side, digits; empty while WhatsApp hides the number, or when it was erased. */
  phone: string;
  /** LID of the other side when known, digits. */
  lid?: string;
  /** First 100 characters. Incoming messages carry the whole text, caption or emoji, since nothing else keeps it. */
  text: string;
  /** The name the sender goes by; incoming messages only, as everything below. */
  pushName?: string;
  /** Id of the group it was written in, digits. */
  group?: string;
  /** Of a document. */
  fileName?: string;
  location?: { latitude: number; longitude: number; name?: string; address?: string };
  contacts?: { name: string; phones: string[] }[];
}

const ref = {
  sessionId: Uuid,
  messageId: MessageIdSchema,
  /** Id on WhatsApp's wire, derived from the message id, so that a repeated send is the same message. */
  waMessageId: Type.String(),
};
export const MessageAccepted = Type.Object({
  ...ref,
  acceptedAt: Instant,
  campaignId: Type.Optional(CampaignIdSchema),
  sealed: Sealed,
});
/** WhatsApp's server acknowledged the message. */
export const MessageSent = Type.Object({ ...ref, acceptedAt: Instant, campaignId: Type.Optional(CampaignIdSchema) });
export const MessageDelivered = Type.Object(ref);
export const MessageRead = Type.Object(ref);
/**
 * Final: the message did not leave and will not be tried again. `code` is from the error catalogue. `countedOn` is the day whose quota the message was
 * taken from; absent when whoever asked was told of the failure, and of what was sent by a release that did not say.
 */
export const MessageFailed = Type.Object({
  ...ref,
  acceptedAt: Instant,
  campaignId: Type.Optional(CampaignIdSchema),
  code: Type.String(),
  reason: Type.String(),
  countedOn: Type.Optional(CalendarDay),
  sealed: Sealed,
});
/** A message of the same chat that another one is about. */
export const MessageReference = Type.Object({
  waMessageId: Type.String({ description: 'Id on the wire' }),
  messageId: Type.Optional({ ...MessageIdSchema, description: 'Absent when the platform never saw that message' }),
});
export type MessageReference = Static<typeof MessageReference>;

/** What is known of a file without fetching it. Its name is in the sealed part. */
export const MediaHeader = Type.Object({
  type: Type.Enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']),
  mimeType: Type.Optional(Type.String()),
  sizeBytes: Type.Optional(Type.Integer({ minimum: 0 })),
  durationSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
  widthPixels: Type.Optional(Type.Integer({ minimum: 0 })),
  heightPixels: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type MediaHeader = Static<typeof MediaHeader>;

/** `reaction` (an empty text takes it back), `edit` and `delete` are about the message in `target`. */
export const ReceivedKind = Type.Enum(['text', 'reaction', 'edit', 'delete', 'media', 'location', 'contact', 'other']);
export type ReceivedKind = Static<typeof ReceivedKind>;

/** Somebody wrote to the session. Its messageId is derived from session, chat and WhatsApp id, so that a repeat is the same message. */
export const MessageReceived = Type.Object({
  ...ref,
  receivedAt: Instant,
  writtenAt: Type.Optional({ ...Instant, description: 'When WhatsApp took it from its sender, to the second' }),
  kind: ReceivedKind,
  offline: Type.Boolean({ description: 'Whether it had waited on the server while the session was away' }),
  target: Type.Optional(MessageReference),
  /** The message it quotes. */
  replyTo: Type.Optional(MessageReference),
  media: Type.Optional(MediaHeader),
  sealed: Sealed,
});

export const messageEvents = {
  MessageAccepted,
  MessageSent,
  MessageDelivered,
  MessageRead,
  MessageFailed,
  MessageReceived,
} as const;
export type MessageEvent = {
  [T in keyof typeof messageEvents]: EventOf<T, Static<(typeof messageEvents)[T]>>;
}[keyof typeof messageEvents];
