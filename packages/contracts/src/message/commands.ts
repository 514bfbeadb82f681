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

export const messageCommands = { SendMessage } as const;
export type MessageCommand = CommandOf<'SendMessage', Static<typeof SendMessage>>;

/** Interactive sends end within this time; bulk sends at the end of their campaign. */
export const interactiveDeadlineMs = 60_000;
