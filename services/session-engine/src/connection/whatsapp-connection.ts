/** Port: one connection of one session to WhatsApp, free of the words of the client library. */
import type { DisconnectCause, MediaHeader, MessagePrivate, ReceivedKind } from '@wam/contracts';

/** A message of the same chat that another one is about. */
export interface ReferencedMessage {
  waMessageId: string;
  /** Whether the session wrote it. */
  ofSession: boolean;
}
export interface IncomingContent extends Pick<MessagePrivate, 'fileName' | 'location' | 'contacts'> {
  kind: ReceivedKind;
  /** Text, caption, emoji, or the new text of an edit. */
  text: string;
  media?: MediaHeader;
  /** Of a reaction, an edit or a deletion. */
  target?: ReferencedMessage;
}
export interface IncomingMessage extends IncomingContent {
  waMessageId: string;
  /** The conversation, as WhatsApp addresses it; part of our message id. */
  chat: string;
  /** Digits of the sender; empty when WhatsApp gave only a LID. */
  phone: string;
  lid?: string;
  /** Id of the group it was written in, digits. */
  group?: string;
  /** The name the sender goes by. */
  pushName?: string;
  /** When WhatsApp took it from its sender, to the second. */
  writtenAt?: string;
  replyTo?: ReferencedMessage;
  /** Had waited on the server while the session was away. */
  offline: boolean;
}

/** Until `until` the account may start no new chats; undefined when WhatsApp did not say. */
export interface AccountRestriction {
  until: Date | undefined;
}

/**
 * Refusal of a message: the account may not start this chat, mostly because it may start none at the moment. Which of the two it is,
 * `standing` says next, unless the connection ends.
 */
export const restrictedCode = 463;

export interface ConnectionListener {
  /** A new code to scan, valid for so long. The code is a secret: whoever scans it owns the session. */
  qrIssued(qr: string, validForMs: number): void;
  paired(phone: string, lid?: string): void;
  opened(phone: string): void;
  /** Once, last. `statusCode` is WhatsApp's or the library's, for people. */
  closed(cause: DisconnectCause, statusCode?: number): void;
  /** The server has the message, or refused it with `errorCode`. */
  acknowledged(waMessageId: string, errorCode?: number): void;
  /** Whether WhatsApp lets the account start new chats, whenever it says so. */
  standing(restriction: AccountRestriction | 'none'): void;
  receipts(kind: 'delivered' | 'read', waMessageIds: readonly string[]): void;
  /** Resolves when the messages are stored, so that they may be confirmed; rejects when they must not be. */
  received(messages: readonly IncomingMessage[]): Promise<void>;
}

/** `unknown`: the server did not answer in time, which says nothing about the number. */
export type RecipientCheck = 'reachable' | 'not-on-whatsapp' | 'unknown';

/** What WhatsApp says about a number. */
export interface ContactCheck {
  onWhatsApp: boolean;
  /** Digits. */
  lid?: string;
}

export interface WhatsAppConnection {
  /** Whether the devices of that address are known here, so that a message to it waits for no answer of the server. */
  knows(address: string): boolean;
  /** `next`: addresses that will be checked after it; they may be looked up along with it. */
  checkRecipient(address: string, next?: () => readonly string[]): Promise<RecipientCheck>;
  /** One query for all of them, by number; undefined when the server did not answer in time. */
  checkNumbers(phones: readonly string[]): Promise<ReadonlyMap<string, ContactCheck> | undefined>;
  /** A code of eight characters to type on that phone instead of scanning; only while a QR code is on offer. */
  requestPairingCode(phone: string): Promise<{ code: string; validForMs: number }>;
  /** Resolves when the stanza is written to the socket; the server's word comes as `acknowledged`. */
  sendText(address: string, text: string, waMessageId: string): Promise<void>;
  /** Asks WhatsApp whether the account may start new chats; the answer comes as `standing`. */
  askStanding(): void;
  /** Tells WhatsApp to unlink this device, and closes. Best effort. */
  logout(): Promise<void>;
  /** Ends the connection without unlinking. No listener is called afterwards. Resolves when the line is down on both ends, or torn down. */
  close(): Promise<void>;
}
