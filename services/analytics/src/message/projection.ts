/**
 * One row per message, folded from its lifecycle events. Every field is merged so that the order of the events and their
 * repetition do not matter: a receipt that overtakes its MessageSent, or arrives five times, ends in the same row.
 *
 * Status is the highest of: accepted < sent < failed < delivered < read. It never goes down. `failed` beats `sent`, because a
 * failure after the server's acknowledgement is a late refusal; a receipt beats `failed`, because a phone that shows the message
 * proves that it arrived.
 */
import { addressOf, type MessageEvent, type MessagePrivate, type MessageStatus } from '@wam/contracts';
import { storableText } from '../storable-text.ts';

/** Instants are ISO 8601 in UTC with milliseconds: fixed width, so that they compare as strings. */
export interface MessageRow {
  tenant: string;
  messageId: string;
  sessionId: string;
  waMessageId: string;
  direction: 'out' | 'in';
  /** Of an incoming message; always `text` for outgoing ones. */
  kind: IncomingKind;
  /** The other side's digits; null while unknown, or when the key that sealed it is gone. */
  recipient: string | null;
  /** First 100 characters of the text. */
  excerpt: string | null;
  /** `received` for incoming messages, which have no further life. */
  status: MessageStatus | 'received';
  /** Of an incoming message: when it was received. */
  acceptedAt: string | null;
  sentAt: string | null;
  deliveredAt: string | null;
  readAt: string | null;
  failedAt: string | null;
  errorCode: string | null;
  errorReason: string | null;
  campaignId: string | null;
  /** Of an incoming message: what its view needs and nothing filters by. The content in it stays sealed until somebody looks. */
  received: ReceivedFacts | null;
}
type MessageReceived = Extract<MessageEvent, { type: 'MessageReceived' }>['data'];
export type IncomingKind = MessageReceived['kind'];
export type ReceivedFacts = Pick<MessageReceived, 'offline' | 'writtenAt' | 'target' | 'replyTo' | 'media' | 'sealed'>;

/** Opens the sealed part of an event; undefined when its key is gone (the contact was erased). */
export type OpenSealed = (event: MessageEvent, sealed: string) => MessagePrivate | undefined;

export const excerptLength = 100;

/** Number and text of a message that was erased; unlike null it is never filled in again. An erased event has an empty seal. */
export const erased = '';

export function evolve(row: MessageRow | undefined, event: MessageEvent, open: OpenSealed): MessageRow {
  const current = row ?? firstRow(event);
  // An id is either outgoing or incoming for good; an event of the other kind under the same id is a defect of its writer.
  if ((event.type === 'MessageReceived') !== (current.direction === 'in')) return current;
  const next = merge(current, event);
  if (!('sealed' in event.data) || next.recipient !== null) return next;
  if (event.data.sealed === '') return { ...next, recipient: erased, excerpt: erased };
  return { ...next, ...readable(open(event, event.data.sealed)) };
}

/** One copy of the row per event: this is the hottest loop of the service. */
function merge(row: MessageRow, event: MessageEvent): MessageRow {
  switch (event.type) {
    case 'MessageAccepted':
      return { ...row, ...ofCommand(row, event.data) };
    case 'MessageSent': {
      const sentAt = earliest(row.sentAt, event.at);
      return { ...row, ...ofCommand(row, event.data), sentAt, status: highest(row.status, 'sent') };
    }
    case 'MessageDelivered':
      return {
        ...row,
        deliveredAt: earliest(row.deliveredAt, event.at),
        status: highest(row.status, 'delivered'),
      };
    case 'MessageRead':
      return { ...row, readAt: earliest(row.readAt, event.at), status: highest(row.status, 'read') };
    case 'MessageFailed': {
      const status = highest(row.status, 'failed');
      return { ...row, ...ofCommand(row, event.data), ...firstFailure(row, event), status };
    }
    case 'MessageReceived':
      return {
        ...row,
        acceptedAt: earliest(row.acceptedAt, event.data.receivedAt),
        received: row.received ?? receivedFacts(event.data),
      };
    default:
      return event satisfies never;
  }
}

function firstRow(event: MessageEvent): MessageRow {
  const incoming = event.type === 'MessageReceived';
  return {
    tenant: event.tenant,
    messageId: event.data.messageId,
    sessionId: event.data.sessionId,
    waMessageId: event.data.waMessageId,
    direction: incoming ? 'in' : 'out',
    kind: incoming ? event.data.kind : 'text',
    recipient: null,
    excerpt: null,
    status: incoming ? 'received' : 'accepted',
    acceptedAt: null,
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    failedAt: null,
    errorCode: null,
    errorReason: null,
    campaignId: null,
    received: null,
  };
}

function receivedFacts({ offline, writtenAt, target, replyTo, media, sealed }: MessageReceived): ReceivedFacts {
  return {
    offline,
    sealed,
    ...(writtenAt === undefined ? {} : { writtenAt }),
    ...(target === undefined ? {} : { target }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(media === undefined ? {} : { media }),
  };
}

const rank: Record<MessageStatus, number> = { accepted: 0, sent: 1, failed: 2, delivered: 3, read: 4 };

const highest = (known: MessageRow['status'], other: MessageStatus): MessageRow['status'] =>
  known !== 'received' && rank[other] > rank[known] ? other : known;

/** What every event of the sending side repeats about its command. */
function ofCommand(row: MessageRow, data: { acceptedAt: string; campaignId?: string }) {
  return {
    acceptedAt: earliest(row.acceptedAt, data.acceptedAt),
    campaignId: row.campaignId ?? data.campaignId ?? null,
  };
}

function firstFailure(row: MessageRow, { at, data }: Extract<MessageEvent, { type: 'MessageFailed' }>) {
  const known = row.failedAt === null ? undefined : [row.failedAt, row.errorCode ?? '', row.errorReason ?? ''];
  const failure = [at, data.code, storableText(data.reason)];
  const [failedAt = at, errorCode = null, errorReason = null] =
    known !== undefined && isBefore(known, failure) ? known : failure;
  return { failedAt, errorCode, errorReason };
}

/** Two failures of one instant must not be decided by who came first. */
function isBefore(a: readonly string[], b: readonly string[]): boolean {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at >= 0 && (a[at] ?? '') < (b[at] ?? '');
}

function readable(opened: MessagePrivate | undefined): Pick<MessageRow, 'recipient' | 'excerpt'> | undefined {
  if (opened === undefined) return undefined;
  return {
    recipient: storableText(addressOf(opened)),
    excerpt: storableText(firstCharacters(opened.text, excerptLength)),
  };
}

/** Counts code points, so that no emoji is cut in half. */
export function firstCharacters(text: string, count: number): string {
  if (text.length <= count) return text;
  // Twice the count in UTF-16 units always holds enough code points; it bounds the work for a text of 64 kB.
  return Array.from(text.slice(0, count * 2))
    .slice(0, count)
    .join('');
}

const earliest = (known: string | null, other: string): string => (known === null || other < known ? other : known);
