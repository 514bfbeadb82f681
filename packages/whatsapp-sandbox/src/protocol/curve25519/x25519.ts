import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject, randomBytes } from 'node:crypto';
import { ProtocolError, refuseAs } from '../protocol-error.ts';

/** Source of `size` random bytes; tests pass a seeded one. */
export type RandomBytes = (size: number) => Buffer;

/** The operating system's random source. */
export const systemRandom: RandomBytes = (size) => randomBytes(size);

export const KEY_SIZE = 32;

/** First byte of a public key in Signal messages and signatures: Curve25519. */
export const KEY_TYPE_CURVE25519 = 0x05;

/**
 * An X25519 key pair, raw 32-byte halves. The native handle is made on first use and kept: importing a raw key costs
 * more (about 60 us) than the agreement itself (about 45 us).
 */
export class KeyPair {
  readonly privateKey: Buffer;
  readonly publicKey: Buffer;
  #handle: KeyObject | undefined;

  constructor(privateKey: Buffer, publicKey: Buffer, handle?: KeyObject) {
    if (privateKey.length !== KEY_SIZE || publicKey.length !== KEY_SIZE) {
      throw new ProtocolError('bad-key', 'a Curve25519 key has 32 bytes');
    }
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.#handle = handle;
  }

  static fromPrivateKey(privateKey: Buffer): KeyPair {
    const handle = importPrivateKey(privateKey);
    const { x } = createPublicKey(handle).export({ format: 'jwk' });
    return new KeyPair(privateKey, Buffer.from(x ?? '', 'base64url'), handle);
  }

  static generate(random: RandomBytes = systemRandom): KeyPair {
    const privateKey = random(KEY_SIZE);
    // The clamped form is what other implementations store and sign with.
    privateKey[0] = (privateKey[0] ?? 0) & 248;
    privateKey[31] = ((privateKey[31] ?? 0) & 127) | 64;
    return KeyPair.fromPrivateKey(privateKey);
  }

  /** X25519 agreement with a peer's public key (32 bytes, or 33 with the type byte). */
  agree(peer: Buffer): Buffer {
    this.#handle ??= importPrivateKey(this.privateKey);
    const privateKey = this.#handle;
    // A low-order peer key gives an all-zero secret, which OpenSSL refuses.
    return refuseAs('bad-key', 'the public key admits no agreement', () =>
      diffieHellman({ privateKey, publicKey: importPublicKey(rawPublicKey(peer)) }),
    );
  }
}

/** The 32 raw bytes of a public key given raw or with its type byte; ProtocolError `bad-key` otherwise. */
export function rawPublicKey(key: Uint8Array): Buffer {
  const bytes = Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  if (bytes.length === KEY_SIZE) return bytes;
  if (bytes.length === KEY_SIZE + 1 && bytes[0] === KEY_TYPE_CURVE25519) return bytes.subarray(1);
  throw new ProtocolError('bad-key', `a public key has 32 bytes, or 33 starting with 05; got ${bytes.length}`);
}

/** The 33-byte form used in Signal messages, MACs and signed prekeys. */
export function typedPublicKey(key: Uint8Array): Buffer {
  const typed = Buffer.allocUnsafe(KEY_SIZE + 1);
  typed[0] = KEY_TYPE_CURVE25519;
  rawPublicKey(key).copy(typed, 1);
  return typed;
}

// JWK is the cheapest import of a raw key (PKCS#8 goes through OpenSSL's decoder search). `x` is required by the
// format but the public half is always computed from `d`.
function importPrivateKey(privateKey: Buffer): KeyObject {
  const d = privateKey.toString('base64url');
  return createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d, x: d }, format: 'jwk' });
}

function importPublicKey(publicKey: Buffer): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: publicKey.toString('base64url') }, format: 'jwk' });
}
