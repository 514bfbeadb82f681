import { rawPublicKey, typedPublicKey } from '../curve25519/x25519.ts';
import { preKeyWhisperMessageCodec, whisperMessageCodec } from '../messages/message-codecs.ts';
import { ProtocolError } from '../protocol-error.ts';
import { MAC_SIZE } from './key-schedule.ts';

/** High half: version of this message; low half: highest version the sender speaks. */
const VERSION_BYTE = 0x33;
const MESSAGE_VERSION = 3;

/** A ratchet message as it travels: version byte, WhisperMessage, MAC. Keys raw. */
export interface RatchetMessage {
  ratchetKey: Buffer;
  counter: number;
  /** Last counter used on the sender's previous chain. */
  previousCounter: number;
  ciphertext: Buffer;
  /** Version byte and WhisperMessage: what the MAC covers. */
  versioned: Buffer;
  mac: Buffer;
}

/** The first messages of a session carry what the receiver needs to build it. Keys raw. */
export interface FirstMessage {
  registrationId: number;
  preKeyId?: number;
  signedPreKeyId: number;
  baseKey: Buffer;
  identityKey: Buffer;
  ratchetMessage: Buffer;
}

/** Version byte and WhisperMessage; the MAC goes behind. */
export function encodeVersioned(
  message: Pick<RatchetMessage, 'ratchetKey' | 'counter' | 'previousCounter' | 'ciphertext'>,
): Buffer {
  const { counter, previousCounter, ciphertext } = message;
  const ephemeralKey = typedPublicKey(message.ratchetKey);
  const encoded = whisperMessageCodec.encode({ ephemeralKey, counter, previousCounter, ciphertext });
  return Buffer.concat([Buffer.of(VERSION_BYTE), encoded]);
}

/** Throws ProtocolError `malformed-message`. */
export function decodeRatchetMessage(bytes: Buffer): RatchetMessage {
  requireVersion(bytes);
  if (bytes.length <= MAC_SIZE + 1) throw new ProtocolError('malformed-message', 'a message shorter than its MAC');
  const versioned = bytes.subarray(0, bytes.length - MAC_SIZE);
  const { ephemeralKey, counter, previousCounter, ciphertext } = whisperMessageCodec.decode(versioned.subarray(1));
  if (!ephemeralKey || counter === undefined || !ciphertext) {
    throw new ProtocolError('malformed-message', 'a message without key, counter or body');
  }
  const mac = bytes.subarray(bytes.length - MAC_SIZE);
  const ratchetKey = rawPublicKey(ephemeralKey);
  return { ratchetKey, counter, previousCounter: previousCounter ?? 0, ciphertext, versioned, mac };
}

export function encodeFirstMessage(message: FirstMessage): Buffer {
  const { registrationId, preKeyId, signedPreKeyId } = message;
  const encoded = preKeyWhisperMessageCodec.encode({
    registrationId,
    ...(preKeyId === undefined ? {} : { preKeyId }),
    signedPreKeyId,
    baseKey: typedPublicKey(message.baseKey),
    identityKey: typedPublicKey(message.identityKey),
    message: message.ratchetMessage,
  });
  return Buffer.concat([Buffer.of(VERSION_BYTE), encoded]);
}

/** Throws ProtocolError `malformed-message`. A prekey id of 0 means none, as libsignal treats it. */
export function decodeFirstMessage(bytes: Buffer): FirstMessage {
  requireVersion(bytes);
  const { registrationId, preKeyId, signedPreKeyId, baseKey, identityKey, message } = preKeyWhisperMessageCodec.decode(
    bytes.subarray(1),
  );
  if (!baseKey || !identityKey || !message || signedPreKeyId === undefined) {
    throw new ProtocolError('malformed-message', 'a first message without keys or body');
  }
  return {
    registrationId: registrationId ?? 0,
    ...(preKeyId ? { preKeyId } : {}),
    signedPreKeyId,
    baseKey: rawPublicKey(baseKey),
    identityKey: rawPublicKey(identityKey),
    ratchetMessage: message,
  };
}

function requireVersion(bytes: Buffer): void {
  const version = bytes[0];
  if (version === undefined || version >> 4 !== MESSAGE_VERSION) {
    throw new ProtocolError('malformed-message', 'not a Signal message of version 3');
  }
}
