/**
 * HMAC-SHA256 (RFC 2104) by two one-shot hashes: 2 us, where node:crypto's `createHmac` takes 9 us for a key given as bytes (Node 24
 * tries it as a KeyObject and as a CryptoKey first, each ending in an exception) and 4 us for a KeyObject made for one use.
 */
import { hash } from 'node:crypto';

const blockBytes = 64;
const digestBytes = 32;
const innerPad = 0x36;
const outerPad = 0x5c;

/** Nothing between the filling of these and the hash gives up control. */
let inner = Buffer.alloc(512);
const outer = Buffer.alloc(blockBytes + digestBytes);

/** @throws RangeError for keys longer than a block, which would have to be hashed first: the keys of Signal have 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  if (key.length > blockBytes) throw new RangeError('an HMAC key of more than 64 bytes');
  let length = blockBytes;
  for (const part of parts) length += part.length;
  if (length > inner.length) inner = Buffer.alloc(length * 2);
  inner.fill(innerPad, 0, blockBytes);
  outer.fill(outerPad, 0, blockBytes);
  for (let index = 0; index < key.length; index++) {
    inner[index] = key[index]! ^ innerPad;
    outer[index] = key[index]! ^ outerPad;
  }
  let offset = blockBytes;
  for (const part of parts) {
    inner.set(part, offset);
    offset += part.length;
  }
  outer.set(hash('sha256', inner.subarray(0, length), 'buffer'), blockBytes);
  return hash('sha256', outer, 'buffer');
}

const counts = [Buffer.of(1), Buffer.of(2), Buffer.of(3)] as const;

/** HKDF-SHA256 (RFC 5869) to 96 bytes, as three keys. */
export function expandSecret(secret: Uint8Array, salt: Uint8Array, info: string): [Buffer, Buffer, Buffer] {
  const pseudoRandomKey = hmacSha256(salt, secret);
  const infoBytes = Buffer.from(info);
  const first = hmacSha256(pseudoRandomKey, infoBytes, counts[0]);
  const second = hmacSha256(pseudoRandomKey, first, infoBytes, counts[1]);
  return [first, second, hmacSha256(pseudoRandomKey, second, infoBytes, counts[2])];
}
