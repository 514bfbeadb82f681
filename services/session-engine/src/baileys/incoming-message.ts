/** A WhatsApp message as the platform sees it. Pure but for Baileys' own accessor of wrapped contents. */
import { normalizeMessageContent, proto, toNumber, type WAMessage } from '@whiskeysockets/baileys';
import type { IncomingContent, IncomingMessage } from '../connection/whatsapp-connection.ts';
import { lidOfJid, phoneOfJid } from './connection-facts.ts';
import { contactOf, mediaOf } from './message-headers.ts';

/** This device's user, digits: tells our own messages in references. */
export interface OwnIdentity {
  phone?: string | undefined;
  lid?: string | undefined;
}

/** Carriers of keys and settings: nobody wrote them. */
const plumbing = new Set(['senderKeyDistributionMessage', 'messageContextInfo', 'protocolMessage']);

const textOf = (content: proto.IMessage | null | undefined): string | undefined =>
  content?.conversation ?? content?.extendedTextMessage?.text ?? captionOf(content);
const captionOf = (content: proto.IMessage | null | undefined): string | undefined =>
  content?.imageMessage?.caption ?? content?.videoMessage?.caption ?? content?.documentMessage?.caption ?? undefined;

function contentOf(message: proto.IMessage): IncomingContent | undefined {
  const content = normalizeMessageContent(message);
  if (!content) return undefined;
  const protocol = content.protocolMessage;
  const { REVOKE, MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type;
  if (protocol?.key?.id && (protocol.type === REVOKE || protocol.type === MESSAGE_EDIT)) {
    // Only who wrote a message edits or deletes it, but for administrators of groups.
    const target = { waMessageId: protocol.key.id, ofSession: false };
    if (protocol.type === REVOKE) return { kind: 'delete', text: '', target };
    return { kind: 'edit', text: textOf(normalizeMessageContent(protocol.editedMessage)) ?? '', target };
  }
  const media = mediaOf(content);
  if (media) return { kind: 'media', text: captionOf(content) ?? '', ...media };
  const text = textOf(content);
  if (text !== undefined) return { kind: 'text', text };
  if (content.reactionMessage) {
    const { text: emoji, key } = content.reactionMessage;
    // Baileys has turned the key to our point of view.
    const target = key?.id ? { target: { waMessageId: key.id, ofSession: key.fromMe === true } } : {};
    return { kind: 'reaction', text: emoji ?? '', ...target };
  }
  const place = content.locationMessage ?? content.liveLocationMessage;
  if (place) {
    const { degreesLatitude, degreesLongitude } = place;
    const { name, address } = content.locationMessage ?? {};
    const named = { ...(name ? { name } : {}), ...(address ? { address } : {}) };
    const location = { latitude: degreesLatitude ?? 0, longitude: degreesLongitude ?? 0, ...named };
    return { kind: 'location', text: name ?? '', location };
  }
  const cards = content.contactMessage ? [content.contactMessage] : content.contactsArrayMessage?.contacts;
  if (cards?.length) {
    const contacts = cards.map(contactOf);
    return { kind: 'contact', text: contacts.map(({ name }) => name).join(', '), contacts };
  }
  const isPlumbing = Object.entries(content).every(([name, value]) => value == null || plumbing.has(name));
  return isPlumbing ? undefined : { kind: 'other', text: '' };
}

interface Quoting {
  contextInfo?: proto.IContextInfo | null;
}
/** Every kind of content carries it in the same field. */
function quotedBy(message: proto.IMessage, own: OwnIdentity): IncomingMessage['replyTo'] {
  for (const value of Object.values(normalizeMessageContent(message) ?? {})) {
    const { stanzaId, participant } = (value as Quoting | null)?.contextInfo ?? {};
    if (!stanzaId) continue;
    const [phone, lid] = [phoneOfJid(participant), lidOfJid(participant)];
    const ofSession = (phone !== undefined && phone === own.phone) || (lid !== undefined && lid === own.lid);
    return { waMessageId: stanzaId, ofSession };
  }
  return undefined;
}

/** Undefined for own messages, for what could not be decrypted (the sender is asked for it again) and for protocol traffic. */
export function incomingMessage(
  message: WAMessage,
  offline: boolean,
  own: OwnIdentity = {},
): IncomingMessage | undefined {
  const { key } = message;
  if (key.fromMe || !key.id || !key.remoteJid || !message.message) return undefined;
  const content = contentOf(message.message);
  if (!content) return undefined;
  const inGroup = key.remoteJid.endsWith('@g.us');
  const addresses = inGroup ? [key.participant, key.participantAlt] : [key.remoteJid, key.remoteJidAlt];
  const lid = addresses.map(lidOfJid).find((found) => found !== undefined);
  const writtenAtSeconds = toNumber(message.messageTimestamp);
  const replyTo = content.kind === 'reaction' ? undefined : quotedBy(message.message, own);
  return {
    waMessageId: key.id,
    chat: key.remoteJid,
    phone: addresses.map(phoneOfJid).find((found) => found !== undefined) ?? '',
    ...(lid === undefined ? {} : { lid }),
    ...(inGroup ? { group: key.remoteJid.replace(/@.*$/, '') } : {}),
    ...(message.pushName ? { pushName: message.pushName } : {}),
    ...(writtenAtSeconds > 0 ? { writtenAt: new Date(writtenAtSeconds * 1_000).toISOString() } : {}),
    ...(replyTo === undefined ? {} : { replyTo }),
    offline,
    ...content,
  };
}
