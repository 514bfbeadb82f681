import type { KeyPair, RandomBytes } from '../curve25519/x25519.ts';

/** PBKDF2-SHA256 of the 8-character code, 131072 rounds (about 60 ms, off the main thread). */
export async function derivePairingCodeKey(_code: string, _salt: Buffer): Promise<Buffer> {
  throw new Error('not written yet');
}

/** salt 32 + iv 16 + AES-CTR(public key), as both sides send their ephemeral key. */
export async function wrapEphemeralKey(_code: string, _publicKey: Buffer, _random?: RandomBytes): Promise<Buffer> {
  throw new Error('not written yet');
}

/** Inverse. A wrong code gives a wrong key, not an error: the key bundle will not open. Throws `malformed-pairing`. */
export async function unwrapEphemeralKey(_code: string, _wrapped: Buffer): Promise<Buffer> {
  throw new Error('not written yet');
}

export interface OpenedKeyBundle {
  companionIdentity: Buffer;
  advSecret: Buffer;
}

/**
 * The phone's last step: opens `link_code_pairing_wrapped_key_bundle` and derives the ADV secret.
 * Throws `malformed-pairing` when it does not open (wrong code) or names another phone.
 */
export function openKeyBundle(_input: {
  wrappedKeyBundle: Buffer;
  phoneEphemeral: KeyPair;
  companionEphemeral: Buffer;
  phoneIdentity: KeyPair;
}): OpenedKeyBundle {
  throw new Error('not written yet');
}
