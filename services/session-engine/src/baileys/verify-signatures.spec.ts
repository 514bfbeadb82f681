import { randomBytes } from 'node:crypto';
import { Curve } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { isSignedBy, verifySignatures } from './verify-signatures.ts';

const pair = Curve.generateKeyPair();
const message = randomBytes(100);
const signature = Buffer.from(Curve.sign(pair.private, message));
const flipped = (bytes: Uint8Array, index: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[index]! ^= 1;
  return copy;
};

describe('A signature of libsignal', () => {
  it('is good for its key and message, with the type byte of the key or without', () => {
    for (let round = 0; round < 8; round++) {
      const { public: publicKey, private: privateKey } = Curve.generateKeyPair();
      const text = randomBytes(round * 10);
      const signed = Curve.sign(privateKey, text);
      expect(isSignedBy(publicKey, text, signed)).toBe(true);
      expect(isSignedBy(Buffer.concat([Buffer.from([5]), publicKey]), text, signed)).toBe(true);
    }
  });

  it('is refused for another key, another message, a changed signature, and what is no signature', () => {
    expect(isSignedBy(Curve.generateKeyPair().public, message, signature)).toBe(false);
    expect(isSignedBy(pair.public, flipped(message, 5), signature)).toBe(false);
    for (const index of [0, 31, 32, 60])
      expect(isSignedBy(pair.public, message, flipped(signature, index))).toBe(false);
    expect(isSignedBy(pair.public, message, Buffer.alloc(64))).toBe(false);
    expect(isSignedBy(pair.public, message, signature.subarray(1))).toBe(false);
    expect(isSignedBy(Buffer.alloc(32, 0xff), message, signature)).toBe(false);
  });

  it('counts for Baileys, which would take any', () => {
    const stranger = Curve.generateKeyPair().public;
    expect(Curve.verify(stranger, message, signature)).toBe(true);
    verifySignatures();
    expect(Curve.verify(stranger, message, signature)).toBe(false);
    expect(Curve.verify(pair.public, message, signature)).toBe(true);
  });
});
