import { type RandomBytes, systemRandom } from '../curve25519/x25519.ts';
import { ProtocolError } from '../protocol-error.ts';

/** Appends 1 to 16 bytes, each holding the count: WhatsApp's padding of a plaintext before Signal encryption. */
export function padMessage(plaintext: Buffer, random: RandomBytes = systemRandom): Buffer {
  const count = (random(1)[0]! & 0x0f) + 1;
  return Buffer.concat([plaintext, Buffer.alloc(count, count)]);
}

/** Removes it again; ProtocolError `malformed-message` when the last byte is no possible count. */
export function unpadMessage(padded: Buffer): Buffer {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > 16 || count > padded.length) {
    throw new ProtocolError('malformed-message', 'the plaintext has no valid padding');
  }
  return padded.subarray(0, padded.length - count);
}
