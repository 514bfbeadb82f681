import Type, { type Static } from 'typebox';
import { ContactAddress } from '../contact/contact-address.ts';
import type { CommandOf } from '../envelope.ts';
import { CampaignIdSchema, Instant, MessageIdSchema, Uuid } from '../ids.ts';

/** The envelope's id equals `messageId`; its `notAfter` is the deadline by which the message is sent or failed. */
export const SendMessage = Type.Object({
  sessionId: Uuid,
  messageId: MessageIdSchema,
  to: ContactAddress,
  text: Type.String(),
  campaignId: Type.Optional(CampaignIdSchema),
});

/** Sends text and recipient of a failed message again, as a new one. Envelope as of SendMessage. */
export const ResendMessage = Type.Object({ sessionId: Uuid, messageId: MessageIdSchema, resendOf: MessageIdSchema });

/** An operator drops a command that nobody could carry out: its message fails. Number and text are empty when they are not known. */
export const DropMessage = Type.Object({
  sessionId: Uuid,
  messageId: MessageIdSchema,
  to: Type.String(),
  text: Type.String(),
  acceptedAt: Instant,
  campaignId: Type.Optional(CampaignIdSchema),
});

export const messageCommands = { SendMessage, ResendMessage, DropMessage } as const;
export type MessageCommand = CommandOf<'SendMessage', Static<typeof SendMessage>>;
export type DropCommand = CommandOf<'DropMessage', Static<typeof DropMessage>>;
export type ResendCommand = CommandOf<'ResendMessage', Static<typeof ResendMessage>>;

/** Single sends end within this time; bulk sends at the end of their campaign. */
export const interactiveDeadlineMs = 60_000;
/** Messages of one batch: 500 to new recipients take some minutes. */
export const batchDeadlineMs = 600_000;
