import Type, { type Static } from 'typebox';
import type { CommandOf } from '../envelope.ts';
import { CampaignIdSchema, MessageIdSchema, PhoneNumber, Uuid } from '../ids.ts';

/** The envelope's id equals `messageId`; its `notAfter` is the deadline by which the message is sent or failed. */
export const SendMessage = Type.Object({
  sessionId: Uuid,
  messageId: MessageIdSchema,
  to: PhoneNumber,
  text: Type.String(),
  campaignId: Type.Optional(CampaignIdSchema),
});

/** Sends text and recipient of a failed message again, as a new one. Envelope as of SendMessage. */
export const ResendMessage = Type.Object({ sessionId: Uuid, messageId: MessageIdSchema, resendOf: MessageIdSchema });

export const messageCommands = { SendMessage, ResendMessage } as const;
export type MessageCommand = CommandOf<'SendMessage', Static<typeof SendMessage>>;
export type ResendCommand = CommandOf<'ResendMessage', Static<typeof ResendMessage>>;

/** Single sends end within this time; bulk sends at the end of their campaign. */
export const interactiveDeadlineMs = 60_000;
/** Messages of one batch: 500 to new recipients take some minutes. */
export const batchDeadlineMs = 600_000;
