import type { RandomBytes } from './x25519.ts';

/** XEdDSA signature (64 bytes) by a raw X25519 private key. */
export function signXEdDsa(_privateKey: Buffer, _message: Buffer, _random?: RandomBytes): Buffer {
  throw new Error('not written yet');
}

/** Whether `signature` over `message` is by the owner of the X25519 public key (32 bytes, or 33 with type byte). */
export function verifyXEdDsa(_publicKey: Buffer, _message: Buffer, _signature: Buffer): boolean {
  throw new Error('not written yet');
}
