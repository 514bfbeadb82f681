/**
 * Lets us store a message before Baileys confirms it: Baileys hands a message out after its receipt has left, but decrypts it before, and
 * waits for that (`handleMessage` in messages-recv). So the wait is put around decryption.
 */
import {
  type AuthenticationCreds,
  type BinaryNode,
  cleanMessage,
  DEFAULT_CONNECTION_CONFIG,
  decodeMessageNode,
  proto,
  type SocketConfig,
  unpadRandomMax16,
  type WAMessage,
} from '@whiskeysockets/baileys';

type MakeSignalRepository = SocketConfig['makeSignalRepository'];

export interface DecryptionTap {
  /** For the socket's config. */
  makeSignalRepository: MakeSignalRepository;
  /** Must see each message stanza before Baileys does: decryption itself only knows the bytes. */
  expect(stanza: BinaryNode): void;
}

/** @param onDecrypted its promise holds back the confirmation; when it rejects, the message counts as not decrypted and is asked for again */
export function createDecryptionTap(
  onDecrypted: (stanza: BinaryNode, plaintext: Uint8Array) => Promise<void>,
  base: MakeSignalRepository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository,
): DecryptionTap {
  const stanzaOf = new WeakMap<Uint8Array, BinaryNode>();
  const tapped = async (ciphertext: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> => {
    const stanza = stanzaOf.get(ciphertext);
    if (stanza) await onDecrypted(stanza, plaintext);
    return plaintext;
  };
  return {
    makeSignalRepository(...args) {
      const repository = base(...args);
      return {
        ...repository,
        decryptMessage: async (options) => tapped(options.ciphertext, await repository.decryptMessage(options)),
        decryptGroupMessage: async (options) => tapped(options.msg, await repository.decryptGroupMessage(options)),
      };
    },
    expect(stanza) {
      if (!Array.isArray(stanza.content)) return;
      for (const { tag, content } of stanza.content) {
        if (tag === 'enc' && content instanceof Uint8Array) stanzaOf.set(content, stanza);
      }
    },
  };
}

/** The message as Baileys itself will make it of stanza and plaintext. */
export function decryptedMessage(stanza: BinaryNode, plaintext: Uint8Array, { me }: AuthenticationCreds): WAMessage {
  const { fullMessage } = decodeMessageNode(stanza, me?.id ?? '', me?.lid ?? '');
  const decoded = proto.Message.decode(unpadRandomMax16(plaintext));
  const message = { ...fullMessage, message: decoded.deviceSentMessage?.message ?? decoded } as WAMessage;
  cleanMessage(message, me?.id ?? '', me?.lid ?? '');
  return message;
}
