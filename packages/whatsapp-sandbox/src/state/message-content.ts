import { PROTOCOL_MESSAGE_TYPE, type WaMessage } from '../protocol/index.ts';

export type MessageKind =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'document'
  | 'location'
  | 'contact'
  | 'reaction'
  | 'edit'
  | 'delete'
  | 'other';

/** What a person would see of a message: its kind and its text, caption or emoji. Wrappers are opened. */
export function readContent(message: WaMessage): { type: MessageKind; text: string } {
  const wrapped =
    message.ephemeralMessage?.message ?? message.documentWithCaptionMessage?.message ?? message.editedMessage?.message;
  if (wrapped) return readContent(wrapped);
  if (message.conversation !== undefined) return { type: 'text', text: message.conversation };
  if (message.extendedTextMessage) return { type: 'text', text: message.extendedTextMessage.text ?? '' };
  if (message.imageMessage) return { type: 'image', text: message.imageMessage.caption ?? '' };
  if (message.videoMessage) return { type: 'video', text: message.videoMessage.caption ?? '' };
  if (message.audioMessage) return { type: 'audio', text: '' };
  if (message.documentMessage) return { type: 'document', text: message.documentMessage.caption ?? '' };
  if (message.locationMessage) return { type: 'location', text: message.locationMessage.name ?? '' };
  if (message.contactMessage) return { type: 'contact', text: message.contactMessage.displayName ?? '' };
  if (message.reactionMessage) return { type: 'reaction', text: message.reactionMessage.text ?? '' };
  const change = message.protocolMessage;
  if (change?.type === PROTOCOL_MESSAGE_TYPE.MESSAGE_EDIT && change.editedMessage) {
    return { type: 'edit', text: readContent(change.editedMessage).text };
  }
  // REVOKE is 0, which an encoder may leave out.
  if (change?.key && (change.type ?? 0) === PROTOCOL_MESSAGE_TYPE.REVOKE) return { type: 'delete', text: '' };
  return { type: 'other', text: '' };
}
