import { createHmac } from 'node:crypto';
import { type KeyPair, type RandomBytes, systemRandom } from '../curve25519/x25519.ts';
import { signXEdDsa, verifyXEdDsa } from '../curve25519/xeddsa.ts';
import {
  advDeviceIdentityCodec,
  advSignedDeviceIdentityCodec,
  advSignedDeviceIdentityHmacCodec,
} from '../messages/message-codecs.ts';
import { ProtocolError } from '../protocol-error.ts';

/** Signed by the phone: `06 00` + details + companion identity (whatsapp-protocol.md section 2). */
const ACCOUNT_SIGNATURE_PREFIX = Buffer.from([6, 0]);
/** Signed by the companion: `06 01` + details + companion identity + phone identity. */
const DEVICE_SIGNATURE_PREFIX = Buffer.from([6, 1]);
const END_TO_END_ENCRYPTED = 0;

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
export function buildDeviceIdentity(input: DeviceIdentityInput): { deviceIdentity: Buffer; details: Buffer } {
  const { phoneIdentity, companionIdentity, advSecret, keyIndex, rawId, timestampSec } = input;
  const details = advDeviceIdentityCodec.encode({
    rawId,
    timestamp: timestampSec,
    keyIndex,
    accountType: END_TO_END_ENCRYPTED,
    deviceType: END_TO_END_ENCRYPTED,
  });
  const signed = advSignedDeviceIdentityCodec.encode({
    details,
    accountSignatureKey: phoneIdentity.publicKey,
    accountSignature: signXEdDsa(
      phoneIdentity.privateKey,
      Buffer.concat([ACCOUNT_SIGNATURE_PREFIX, details, companionIdentity]),
      input.random ?? systemRandom,
    ),
  });
  const hmac = createHmac('sha256', advSecret).update(signed).digest();
  return { deviceIdentity: advSignedDeviceIdentityHmacCodec.encode({ details: signed, hmac }), details };
}

/**
 * Checks the companion's `pair-device-sign/device-identity` strictly: same details, a valid device signature.
 * Throws `malformed-pairing` or `bad-signature`; returns the key index it confirms.
 */
export function verifyDeviceSignature(input: {
  /** The companion's reply. */
  deviceIdentity: Buffer;
  /** As buildDeviceIdentity returned them. */
  details: Buffer;
  companionIdentity: Buffer;
  phoneIdentity: Buffer;
}): number {
  const reply = advSignedDeviceIdentityCodec.decode(input.deviceIdentity);
  if (!reply.details?.equals(input.details)) {
    throw new ProtocolError('malformed-pairing', 'the companion signed other details than it was given');
  }
  if (!reply.deviceSignature) throw new ProtocolError('bad-signature', 'the companion did not sign');
  const signedText = Buffer.concat([
    DEVICE_SIGNATURE_PREFIX,
    input.details,
    input.companionIdentity,
    input.phoneIdentity,
  ]);
  if (!verifyXEdDsa(input.companionIdentity, signedText, reply.deviceSignature)) {
    throw new ProtocolError('bad-signature', "the companion's device signature is not valid");
  }
  return advDeviceIdentityCodec.decode(input.details).keyIndex ?? 0;
}
