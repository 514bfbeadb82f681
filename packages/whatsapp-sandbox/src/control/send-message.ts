import { PROTOCOL_MESSAGE_TYPE, type WaMessage } from '../protocol/index.ts';
import { SandboxError } from '../sandbox-error.ts';
import { shownJid, writeAsUser } from '../server/messages/write-as-user.ts';
import type { Network } from '../server/network.ts';
import { type Account, numberJid } from '../state/account.ts';
import { assertPhone, findLinked, ownerOf } from './find-phone.ts';

/** A message of a simulated user. Ids name earlier messages of the chat, on the wire. */
export type UserContent =
  /** `quotes` makes it an answer to a message of the chat, by either side. */
  | { text: string; quotes?: string }
  /** An emoji put on a message of the chat, by either side; `''` takes it back. */
  | { reaction: string; messageId: string }
  /** The user changes the text of a message of theirs. */
  | { edit: string; messageId: string }
  /** The user deletes a message of theirs for everyone. */
  | { delete: true; messageId: string }
  /** Headers of files: the files themselves are not served. */
  | { image: { caption?: string; mimetype?: string } }
  | { video: { caption?: string; seconds?: number } }
  | { audio: { seconds?: number; voice?: boolean } }
  | { document: { fileName: string; caption?: string; mimetype?: string } }
  | { location: { latitude: number; longitude: number; name?: string; address?: string } }
  /** `phone` in digits. */
  | { contact: { name: string; phone: string } };

export type SendMessageRequest = UserContent & {
  /** The simulated user's number. */
  from: string;
  /** The linked session's number. */
  to: string;
  owner: string;
  /** The user's name as the session sees it. */
  name?: string;
  /** Id on the wire; default a fresh one. */
  id?: string;
};

/**
 * A simulated user writes to a linked session. A session that is away gets it when it returns.
 * Throws PHONE_NOT_LINKED (the session), UNKNOWN_PHONE, PHONE_IN_USE (the user's number is linked by another owner).
 */
export function sendMessage(network: Network, request: SendMessageRequest): { id: string } {
  const { directory } = network.world;
  assertPhone(request.from);
  const { account: to } = findLinked(directory, request.to, request.owner);
  const holder = ownerOf(directory.find(request.from));
  if (holder !== undefined && holder !== request.owner) {
    throw new SandboxError('PHONE_IN_USE', 'this number is linked by another owner');
  }
  const from = directory.register(request.from, request.name);
  return { id: writeAsUser(network, from, to, toMessage(network, request, from, to), request.id) };
}

function toMessage({ world }: Network, content: UserContent, from: Account, to: Account): WaMessage {
  const isOfSession = (messageId: string): boolean => world.phones.of(from.number).inbox.has(to.number, messageId);
  if ('text' in content) {
    if (content.quotes === undefined) return { conversation: content.text };
    const participant = isOfSession(content.quotes) ? numberJid(to) : shownJid(from);
    const contextInfo = { stanzaId: content.quotes, participant, quotedMessage: { conversation: '' } };
    return { extendedTextMessage: { text: content.text, contextInfo } };
  }
  const header = headerOf(content);
  if (header) return header;
  // Keys are written from the sender's point of view: the chat is with the session.
  const { messageId } = content as Extract<UserContent, { messageId: string }>;
  const key = { remoteJid: numberJid(to), id: messageId, fromMe: !isOfSession(messageId) };
  if ('reaction' in content) {
    return { reactionMessage: { key, text: content.reaction, senderTimestampMs: world.clock.now() } };
  }
  if ('edit' in content) {
    return {
      protocolMessage: {
        key,
        type: PROTOCOL_MESSAGE_TYPE.MESSAGE_EDIT,
        editedMessage: { conversation: content.edit },
        timestampMs: world.clock.now(),
      },
    };
  }
  return { protocolMessage: { key, type: PROTOCOL_MESSAGE_TYPE.REVOKE } };
}

/** A size as real files have; nothing lies behind it. */
const fileLength = 48_213;

function headerOf(content: UserContent): WaMessage | undefined {
  if ('image' in content) {
    const { caption, mimetype = 'image/jpeg' } = content.image;
    return {
      imageMessage: { mimetype, fileLength, width: 640, height: 480, ...(caption !== undefined && { caption }) },
    };
  }
  if ('video' in content) {
    const { caption, seconds = 12 } = content.video;
    const video = { mimetype: 'video/mp4', fileLength, width: 640, height: 480, seconds };
    return { videoMessage: { ...video, ...(caption !== undefined && { caption }) } };
  }
  if ('audio' in content) {
    const { seconds = 4, voice = false } = content.audio;
    return { audioMessage: { mimetype: 'audio/ogg; codecs=opus', fileLength, seconds, ptt: voice } };
  }
  if ('document' in content) {
    const { fileName, caption, mimetype = 'application/pdf' } = content.document;
    const document = { documentMessage: { fileName, mimetype, fileLength, ...(caption !== undefined && { caption }) } };
    // As phones wrap it.
    return caption === undefined ? document : { documentWithCaptionMessage: { message: document } };
  }
  if ('location' in content) {
    const { latitude, longitude, ...named } = content.location;
    return { locationMessage: { degreesLatitude: latitude, degreesLongitude: longitude, ...named } };
  }
  if ('contact' in content) {
    const { name, phone } = content.contact;
    const lines = ['BEGIN:VCARD', 'VERSION:3.0', `FN:${name}`, `TEL;type=CELL;waid=${phone}:+${phone}`, 'END:VCARD'];
    return { contactMessage: { displayName: name, vcard: lines.join('\n') } };
  }
  return undefined;
}
