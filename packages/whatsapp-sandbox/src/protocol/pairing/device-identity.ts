import type { KeyPair, RandomBytes } from '../curve25519/x25519.ts';

export interface DeviceIdentityInput {
  phoneIdentity: KeyPair;
  /** Raw identity key of the companion. */
  companionIdentity: Buffer;
  /** 32 bytes shared through the QR code or the pairing code. */
  advSecret: Buffer;
  keyIndex: number;
  rawId: number;
  timestampSec: number;
  random?: RandomBytes;
}

/** Content of `pair-success/device-identity` (an encoded ADVSignedDeviceIdentityHMAC) and the details it signs. */
export function buildDeviceIdentity(_input: DeviceIdentityInput): { deviceIdentity: Buffer; details: Buffer } {
  throw new Error('not written yet');
}

/**
 * Checks the companion's `pair-device-sign/device-identity` strictly: same details, a valid device signature.
 * Throws `malformed-pairing` or `bad-signature`; returns the key index it confirms.
 */
export function verifyDeviceSignature(_input: {
  deviceIdentity: Buffer;
  details: Buffer;
  companionIdentity: Buffer;
  phoneIdentity: Buffer;
}): number {
  throw new Error('not written yet');
}
