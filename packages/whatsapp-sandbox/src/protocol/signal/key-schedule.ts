import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type Hmac,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';
import { typedPublicKey } from '../curve25519/x25519.ts';
import { refuseAs } from '../protocol-error.ts';

// Key derivation of the Double Ratchet (https://signal.org/docs/specifications/doubleratchet/) with the constants of
// Signal's message version 3.
// Keys are wrapped in KeyObjects even for a single use: Node 24.21 takes 14 us longer per call for a key given as bytes.

const ZERO_SALT = Buffer.alloc(32);
const MESSAGE_KEY_INPUT = Buffer.from([1]);
const CHAIN_KEY_INPUT = Buffer.from([2]);
export const MAC_SIZE = 8;

const hmacSha256 = (key: Buffer): Hmac => createHmac('sha256', createSecretKey(key));

export interface RootStep {
  rootKey: Buffer;
  chainKey: Buffer;
}

/** First root and chain key from the agreements of X3DH. */
export function deriveInitialKeys(agreements: Buffer[]): RootStep {
  // 32 bytes of FF keep this apart from XEdDSA's use of the same keys (X3DH specification 3.3).
  const input = Buffer.concat([Buffer.alloc(32, 0xff), ...agreements]);
  return rootStep(hkdfSync('sha256', createSecretKey(input), ZERO_SALT, 'WhisperText', 64));
}

export function stepRoot(rootKey: Buffer, agreement: Buffer): RootStep {
  return rootStep(hkdfSync('sha256', createSecretKey(agreement), rootKey, 'WhisperRatchet', 64));
}

function rootStep(derived: ArrayBuffer): RootStep {
  const bytes = Buffer.from(derived);
  return { rootKey: bytes.subarray(0, 32), chainKey: bytes.subarray(32) };
}

/** The seed of this message's keys. */
export function messageKeyOf(chainKey: Buffer): Buffer {
  return hmacSha256(chainKey).update(MESSAGE_KEY_INPUT).digest();
}

export function nextChainKey(chainKey: Buffer): Buffer {
  return hmacSha256(chainKey).update(CHAIN_KEY_INPUT).digest();
}

export interface MessageKeys {
  cipherKey: Buffer;
  macKey: Buffer;
  iv: Buffer;
}

export function expandMessageKey(messageKey: Buffer): MessageKeys {
  const bytes = Buffer.from(hkdfSync('sha256', createSecretKey(messageKey), ZERO_SALT, 'WhisperMessageKeys', 80));
  return { cipherKey: bytes.subarray(0, 32), macKey: bytes.subarray(32, 64), iv: bytes.subarray(64, 80) };
}

/** MAC over both identities and the versioned message, cut to 8 bytes. */
export function messageMac(keys: MessageKeys, sender: Buffer, receiver: Buffer, versionedMessage: Buffer): Buffer {
  return hmacSha256(keys.macKey)
    .update(Buffer.concat([typedPublicKey(sender), typedPublicKey(receiver), versionedMessage]))
    .digest()
    .subarray(0, MAC_SIZE);
}

export function macsEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function encryptBody(keys: MessageKeys, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', createSecretKey(keys.cipherKey), keys.iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

/** Throws ProtocolError `malformed-message`; only a sender that holds the session's keys can cause it. */
export function decryptBody(keys: MessageKeys, ciphertext: Buffer): Buffer {
  return refuseAs('malformed-message', 'the body does not decrypt', () => {
    const decipher = createDecipheriv('aes-256-cbc', createSecretKey(keys.cipherKey), keys.iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  });
}
