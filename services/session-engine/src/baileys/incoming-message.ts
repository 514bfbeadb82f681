/** A WhatsApp message as the platform sees it. Pure but for Baileys' own accessor of wrapped contents. */
import { normalizeMessageContent, proto, type WAMessage } from '@whiskeysockets/baileys';
import type { IncomingMessage } from '../connection/whatsapp-connection.ts';
import { lidOfJid, phoneOfJid } from './connection-facts.ts';

type Content = Pick<IncomingMessage, 'kind' | 'text'>;

const media = [
  'imageMessage',
  'videoMessage',
  'audioMessage',
  'documentMessage',
  'stickerMessage',
  'documentWithCaptionMessage',
] as const;
/** Carriers of keys and settings: nobody wrote them. */
const plumbing = new Set(['senderKeyDistributionMessage', 'messageContextInfo', 'protocolMessage']);

const textOf = (content: proto.IMessage | null | undefined): string | undefined =>
  content?.conversation ?? content?.extendedTextMessage?.text ?? undefined;

function contentOf(message: proto.IMessage): Content | undefined {
  // An edit arrives bare or wrapped; the wrapper is not one that Baileys unwraps.
  const content = normalizeMessageContent(message.editedMessage?.message ?? message);
  if (!content) return undefined;
  const protocol = content.protocolMessage;
  if (protocol?.type === proto.Message.ProtocolMessage.Type.REVOKE) return { kind: 'delete', text: '' };
  if (protocol?.type === proto.Message.ProtocolMessage.Type.MESSAGE_EDIT) {
    return { kind: 'edit', text: textOf(normalizeMessageContent(protocol.editedMessage)) ?? '' };
  }
  const text = textOf(content);
  if (text !== undefined) return { kind: 'text', text };
  if (content.reactionMessage) return { kind: 'reaction', text: content.reactionMessage.text ?? '' };
  for (const name of media) {
    const item = content[name] as { caption?: string | null } | null | undefined;
    if (item) return { kind: 'media', text: item.caption ?? '' };
  }
  const isPlumbing = Object.entries(content).every(([name, value]) => value == null || plumbing.has(name));
  return isPlumbing ? undefined : { kind: 'other', text: '' };
}

/** Undefined for own messages, for what could not be decrypted (the sender is asked for it again) and for protocol traffic. */
export function incomingMessage(message: WAMessage, offline: boolean): IncomingMessage | undefined {
  const { key } = message;
  if (key.fromMe || !key.id || !key.remoteJid || !message.message) return undefined;
  const content = contentOf(message.message);
  if (!content) return undefined;
  const inGroup = key.remoteJid.endsWith('@g.us');
  const addresses = inGroup ? [key.participant, key.participantAlt] : [key.remoteJid, key.remoteJidAlt];
  const lid = addresses.map(lidOfJid).find((found) => found !== undefined);
  return {
    waMessageId: key.id,
    chat: key.remoteJid,
    phone: addresses.map(phoneOfJid).find((found) => found !== undefined) ?? '',
    ...(lid === undefined ? {} : { lid }),
    offline,
    ...content,
  };
}
