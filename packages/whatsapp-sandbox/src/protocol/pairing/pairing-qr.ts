/** The keys of the companion that shows a QR code. Keys raw, 32 bytes. */
export interface PairingQr {
  ref: string;
  noiseKey: Buffer;
  identityKey: Buffer;
  advSecret: Buffer;
  /** Companion platform id; absent in the four-part form of older clients. */
  platform?: string;
}

/** Reads `https://wa.me/settings/linked_devices#<parts>` or the bare comma parts. Throws `malformed-pairing`. */
export function parsePairingQr(_text: string): PairingQr {
  throw new Error('not written yet');
}
