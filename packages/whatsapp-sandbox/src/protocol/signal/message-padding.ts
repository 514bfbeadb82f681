import type { RandomBytes } from '../curve25519/x25519.ts';

/** Appends 1 to 16 bytes, each holding the count: WhatsApp's padding of a plaintext before Signal encryption. */
export function padMessage(_plaintext: Buffer, _random?: RandomBytes): Buffer {
  throw new Error('not written yet');
}

/** Removes it again; ProtocolError `malformed-message` when the last byte is no possible count. */
export function unpadMessage(_padded: Buffer): Buffer {
  throw new Error('not written yet');
}
