import { KEY_SIZE } from '../curve25519/x25519.ts';
import { ProtocolError } from '../protocol-error.ts';

/** The keys of the companion that shows a QR code. Keys raw, 32 bytes. */
export interface PairingQr {
  ref: string;
  noiseKey: Buffer;
  identityKey: Buffer;
  advSecret: Buffer;
  /** Companion platform id; absent in the four-part form of older clients. */
  platform?: string;
}

const LINK_PREFIX = 'https://wa.me/settings/linked_devices#';
const MAX_CHARS = 2048;
/** 32 bytes in base64, padding optional. */
const KEY_TEXT = /^[A-Za-z0-9+/]{43}=?$/;

/** Reads `https://wa.me/settings/linked_devices#<parts>` or the bare comma parts. Throws `malformed-pairing`. */
export function parsePairingQr(text: string): PairingQr {
  if (text.length > MAX_CHARS) throw new ProtocolError('malformed-pairing', 'the QR text is too long');
  const trimmed = text.trim();
  const parts = (trimmed.startsWith(LINK_PREFIX) ? trimmed.slice(LINK_PREFIX.length) : trimmed).split(',');
  const [ref, noise, identity, adv, platform] = parts;
  if (!ref || parts.length < 4 || parts.length > 5) {
    throw new ProtocolError('malformed-pairing', 'the QR text is not ref,noise,identity,adv[,platform]');
  }
  return {
    ref,
    noiseKey: readKey(noise, 'noise key'),
    identityKey: readKey(identity, 'identity key'),
    advSecret: readKey(adv, 'ADV secret'),
    ...(platform ? { platform } : {}),
  };
}

function readKey(text: string | undefined, what: string): Buffer {
  if (text === undefined || !KEY_TEXT.test(text)) {
    throw new ProtocolError('malformed-pairing', `the ${what} of the QR text is not ${KEY_SIZE} bytes of base64`);
  }
  return Buffer.from(text, 'base64');
}
