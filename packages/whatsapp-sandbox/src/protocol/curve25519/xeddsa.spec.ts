import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyPair, typedPublicKey } from './x25519.ts';
import { generateSigned, signXEdDsa, verifyXEdDsa } from './xeddsa.ts';

const libsignal = createRequire(import.meta.resolve('@whiskeysockets/baileys'))('libsignal');
const text = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));

describe('XEdDSA', () => {
  test('signatures made here are valid for libsignal', () => {
    fc.assert(
      fc.property(text, (message) => {
        const pair = KeyPair.generate();
        const signature = signXEdDsa(pair.privateKey, message);
        expect(signature).toHaveLength(64);
        expect(libsignal.curve.verifySignature(typedPublicKey(pair.publicKey), message, signature)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('signatures made by libsignal are valid here', () => {
    fc.assert(
      fc.property(
        text.filter((t) => t.length > 0),
        (message) => {
          const pair = libsignal.curve.generateKeyPair();
          const signature = libsignal.curve.calculateSignature(pair.privKey, message);
          expect(verifyXEdDsa(pair.pubKey, message, signature)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('a key pair that is made with its signature signs, agrees and is verified like any other', () => {
    fc.assert(
      fc.property(text, (message) => {
        const { pair, signature } = generateSigned(message);
        const other = KeyPair.generate();
        expect(libsignal.curve.verifySignature(typedPublicKey(pair.publicKey), message, signature)).toBe(true);
        expect(verifyXEdDsa(pair.publicKey, message, signature)).toBe(true);
        expect(verifyXEdDsa(pair.publicKey, message, signXEdDsa(pair.privateKey, message))).toBe(true);
        expect(libsignal.curve.calculateAgreement(typedPublicKey(pair.publicKey), other.privateKey)).toEqual(
          pair.agree(other.publicKey),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('any change to key, message or signature is noticed', () => {
    const pair = KeyPair.generate();
    const message = Buffer.from('certificate details');
    const signature = signXEdDsa(pair.privateKey, message);
    expect(verifyXEdDsa(pair.publicKey, message, signature)).toBe(true);
    for (let bit = 0; bit < 512; bit++) {
      expect(verifyXEdDsa(pair.publicKey, message, flipped(signature, bit))).toBe(false);
    }
    for (let bit = 0; bit < message.length * 8; bit++) {
      expect(verifyXEdDsa(pair.publicKey, flipped(message, bit), signature)).toBe(false);
    }
    expect(verifyXEdDsa(KeyPair.generate().publicKey, message, signature)).toBe(false);
  });

  test('what is no signature or no honest key is not valid, and no error', () => {
    const pair = KeyPair.generate();
    const message = Buffer.from('m');
    for (const size of [0, 63, 64, 65]) expect(verifyXEdDsa(pair.publicKey, message, Buffer.alloc(size))).toBe(false);
    const signature = signXEdDsa(pair.privateKey, message);
    for (const key of [Buffer.alloc(32), Buffer.alloc(32, 0xff), Buffer.from([1, ...Buffer.alloc(31)])]) {
      expect(verifyXEdDsa(key, message, signature)).toBe(false);
    }
  });
});

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}
