import { createCipheriv, createDecipheriv, hkdfSync, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { KEY_SIZE, type KeyPair, type RandomBytes, systemRandom } from '../curve25519/x25519.ts';
import { ProtocolError, refuseAs } from '../protocol-error.ts';

// The phone's half of pairing by an 8-character code: whatsapp-protocol.md section 2.

const PBKDF2_ROUNDS = 131072;
const SALT_SIZE = 32;
const CTR_IV_SIZE = 16;
const GCM_IV_SIZE = 12;
const GCM_TAG_SIZE = 16;
const WRAPPED_KEY_SIZE = SALT_SIZE + CTR_IV_SIZE + KEY_SIZE;
const KEY_BUNDLE_SIZE = SALT_SIZE + GCM_IV_SIZE + 3 * KEY_SIZE + GCM_TAG_SIZE;

const derive = promisify(pbkdf2);

/** PBKDF2-SHA256 of the 8-character code, 131072 rounds (about 60 ms, off the main thread). */
export async function derivePairingCodeKey(code: string, salt: Buffer): Promise<Buffer> {
  return derive(code, salt, PBKDF2_ROUNDS, KEY_SIZE, 'sha256');
}

/** salt 32 + iv 16 + AES-CTR(public key), as both sides send their ephemeral key. */
export async function wrapEphemeralKey(
  code: string,
  publicKey: Buffer,
  random: RandomBytes = systemRandom,
): Promise<Buffer> {
  const salt = random(SALT_SIZE);
  const iv = random(CTR_IV_SIZE);
  const cipher = createCipheriv('aes-256-ctr', await derivePairingCodeKey(code, salt), iv);
  return Buffer.concat([salt, iv, cipher.update(publicKey), cipher.final()]);
}

/** Inverse. A wrong code gives a wrong key, not an error: the key bundle will not open. Throws `malformed-pairing`. */
export async function unwrapEphemeralKey(code: string, wrapped: Buffer): Promise<Buffer> {
  if (wrapped.length !== WRAPPED_KEY_SIZE) {
    throw new ProtocolError('malformed-pairing', `a wrapped key has ${WRAPPED_KEY_SIZE} bytes, got ${wrapped.length}`);
  }
  const salt = wrapped.subarray(0, SALT_SIZE);
  const iv = wrapped.subarray(SALT_SIZE, SALT_SIZE + CTR_IV_SIZE);
  const decipher = createDecipheriv('aes-256-ctr', await derivePairingCodeKey(code, salt), iv);
  return Buffer.concat([decipher.update(wrapped.subarray(SALT_SIZE + CTR_IV_SIZE)), decipher.final()]);
}

export interface OpenedKeyBundle {
  /** Raw identity key of the companion; compare it with the one it registered. */
  companionIdentity: Buffer;
  /** For buildDeviceIdentity. */
  advSecret: Buffer;
}

/**
 * The phone's last step: opens `link_code_pairing_wrapped_key_bundle` (salt 32 + iv 12 + AES-GCM of companion identity,
 * phone identity and 32 random bytes) and derives the ADV secret.
 * Throws `malformed-pairing` when it does not open (wrong code) or names another phone.
 */
export function openKeyBundle(input: {
  wrappedKeyBundle: Buffer;
  phoneEphemeral: KeyPair;
  companionEphemeral: Buffer;
  phoneIdentity: KeyPair;
}): OpenedKeyBundle {
  const { wrappedKeyBundle, phoneEphemeral, companionEphemeral, phoneIdentity } = input;
  if (wrappedKeyBundle.length !== KEY_BUNDLE_SIZE) {
    throw new ProtocolError('malformed-pairing', `a key bundle has ${KEY_BUNDLE_SIZE} bytes`);
  }
  const ephemeralSecret = phoneEphemeral.agree(companionEphemeral);
  const opened = openSealedBundle(wrappedKeyBundle, ephemeralSecret);
  const companionIdentity = opened.subarray(0, KEY_SIZE);
  if (!opened.subarray(KEY_SIZE, 2 * KEY_SIZE).equals(phoneIdentity.publicKey)) {
    throw new ProtocolError('malformed-pairing', 'the key bundle is meant for another phone');
  }
  const random = opened.subarray(2 * KEY_SIZE);
  const advInput = Buffer.concat([ephemeralSecret, phoneIdentity.agree(companionIdentity), random]);
  return { companionIdentity, advSecret: hkdf(advInput, Buffer.alloc(0), 'adv_secret') };
}

function openSealedBundle(wrapped: Buffer, ephemeralSecret: Buffer): Buffer {
  const salt = wrapped.subarray(0, SALT_SIZE);
  const iv = wrapped.subarray(SALT_SIZE, SALT_SIZE + GCM_IV_SIZE);
  const key = hkdf(ephemeralSecret, salt, 'link_code_pairing_key_bundle_encryption_key');
  return refuseAs('malformed-pairing', 'the key bundle does not open: wrong pairing code', () => {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: GCM_TAG_SIZE });
    decipher.setAuthTag(wrapped.subarray(-GCM_TAG_SIZE));
    return Buffer.concat([decipher.update(wrapped.subarray(SALT_SIZE + GCM_IV_SIZE, -GCM_TAG_SIZE)), decipher.final()]);
  });
}

function hkdf(secret: Buffer, salt: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, KEY_SIZE));
}
