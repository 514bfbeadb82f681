import { PROTOCOL_MESSAGE_TYPE, type WaMessage } from '../protocol/index.ts';
import { SandboxError } from '../sandbox-error.ts';
import { writeAsUser } from '../server/messages/write-as-user.ts';
import type { Network } from '../server/network.ts';
import { type Account, numberJid } from '../state/account.ts';
import { assertPhone, findLinked, ownerOf } from './find-phone.ts';

/** A message of a simulated user. Ids name earlier messages of the chat, on the wire. */
export type UserContent =
  | { text: string }
  /** An emoji put on a message of the chat, by either side; `''` takes it back. */
  | { reaction: string; messageId: string }
  /** The user changes the text of a message of theirs. */
  | { edit: string; messageId: string }
  /** The user deletes a message of theirs for everyone. */
  | { delete: true; messageId: string }
  /** An image's header: the file itself is not served. */
  | { image: { caption?: string; mimetype?: string } };

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
  if ('text' in content) return { conversation: content.text };
  if ('image' in content) {
    const { caption, mimetype = 'image/jpeg' } = content.image;
    return { imageMessage: { mimetype, ...(caption !== undefined && { caption }) } };
  }
  // Keys are written from the sender's point of view: the chat is with the session.
  const fromMe = !world.phones.of(from.number).inbox.has(to.number, content.messageId);
  const key = { remoteJid: numberJid(to), id: content.messageId, fromMe };
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
