import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';

/**
 * What Baileys' `sendMessage` makes of `{text, linkPreview: null}`; `relayMessage` takes it from there. The secret is what WhatsApp's
 * reporting token for the message is derived from.
 */
export const textMessage = (text: string): proto.IMessage =>
  proto.Message.create({
    extendedTextMessage: proto.Message.ExtendedTextMessage.create({ text }),
    messageContextInfo: { messageSecret: randomBytes(32) },
  });
