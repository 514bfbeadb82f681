import { WA_CERT_DETAILS } from '@whiskeysockets/baileys';

/**
 * Makes this process accept the servers of another network. Process-wide, which is why one engine process serves one network
 * (protocol reference, section 1 "Trust patch").
 * @param noiseRoot 32-byte Curve25519 public key
 */
export function trustNoiseRoot(noiseRoot: Buffer): void {
  if (noiseRoot.length !== 32) throw new RangeError('a Noise root is a public key of 32 bytes');
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(noiseRoot);
}
