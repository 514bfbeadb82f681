/**
 * X25519 with the native handles kept: importing a raw private key costs more than the agreement itself, and libsignal does it for each of
 * the five agreements that open a session.
 */
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface KeyPair {
  handle: KeyObject;
  /** 32 bytes. */
  privateKey: Buffer;
  /** 33 bytes, the first one 5: the form of Signal. */
  publicKey: Buffer;
}

const publicKeyType = Buffer.of(5);

export function generateKeyPair(): KeyPair {
  const { privateKey: handle } = generateKeyPairSync('x25519');
  const { d, x } = handle.export({ format: 'jwk' });
  return {
    handle,
    privateKey: Buffer.from(d!, 'base64url'),
    publicKey: Buffer.concat([publicKeyType, Buffer.from(x!, 'base64url')]),
  };
}

/** Of 32 raw bytes. As JWK, since PKCS#8 goes through OpenSSL's search for a decoder; the public half is computed from `d`, not read. */
export function importPrivateKey(privateKey: Uint8Array): KeyObject {
  const d = base64url(privateKey);
  return createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d, x: d }, format: 'jwk' });
}

/** Of 33 bytes. */
export const importPublicKey = (publicKey: Uint8Array): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: base64url(publicKey.subarray(1)) }, format: 'jwk' });

/** @throws for a peer's key of low order, whose secret everybody knows */
export const agree = (privateKey: KeyObject, publicKey: KeyObject): Buffer => diffieHellman({ privateKey, publicKey });

const base64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
