import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { KEY_SIZE, KeyPair, type RandomBytes, rawPublicKey, systemRandom } from './x25519.ts';

// XEdDSA (https://signal.org/docs/specifications/xeddsa/) in the form every Signal client has on the wire: the sign of
// the Edwards public key is kept in the top bit of the signature instead of negating the private scalar.

const SIGNATURE_SIZE = 64;
const SIGN_BIT = 0x80;
const { Point } = ed25519;
const { Fp, Fn } = Point;
/** hash_1 of the specification: domain separation by 2^256 - 2, little-endian. */
const NONCE_PREFIX = Buffer.concat([Buffer.from([0xfe]), Buffer.alloc(31, 0xff)]);

/** XEdDSA signature (64 bytes) by a raw X25519 private key. About 1 ms. */
export function signXEdDsa(privateKey: Buffer, message: Buffer, random: RandomBytes = systemRandom): Buffer {
  const scalar = Fn.create(littleEndian(clamp(privateKey)));
  const edwardsKey = Buffer.from(Point.BASE.multiply(scalar).toBytes());
  const nonce = scalarHash(NONCE_PREFIX, privateKey, message, random(64));
  const commitment = Buffer.from(Point.BASE.multiply(nonce).toBytes());
  const challenge = scalarHash(commitment, edwardsKey, message);
  const response = Buffer.from(Fn.toBytes(Fn.add(nonce, Fn.mul(challenge, scalar))));
  response[31] = response[31]! | (edwardsKey[31]! & SIGN_BIT);
  return Buffer.concat([commitment, response]);
}

/**
 * A new key pair and its signature over `message`, in a fifth of the time: the private key is the scalar that Ed25519 (RFC 8032, 5.1.5) derives
 * from a seed, so the native signer, which takes seeds only, can sign for it. To everybody else it is a key like any other.
 */
export function generateSigned(
  message: Buffer,
  random: RandomBytes = systemRandom,
): { pair: KeyPair; signature: Buffer } {
  const seed = random(KEY_SIZE);
  const pair = KeyPair.fromPrivateKey(clamp(createHash('sha512').update(seed).digest().subarray(0, KEY_SIZE)));
  const d = seed.toString('base64url');
  // As for X25519: `x` has to be there and is computed from `d` all the same.
  const signer = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x: d }, format: 'jwk' });
  const edwardsKey = Buffer.from(createPublicKey(signer).export({ format: 'jwk' }).x ?? '', 'base64url');
  const signature = sign(null, message, signer);
  signature[63] = signature[63]! | (edwardsKey[31]! & SIGN_BIT);
  return { pair, signature };
}

/**
 * Whether `signature` over `message` is by the owner of the X25519 public key (32 bytes, or 33 with type byte). Strict:
 * false for any length or encoding that an honest signer does not produce. An XEdDSA signature is an Ed25519 one by the
 * Edwards form of the key, so the native verifier does the work (about 0.25 ms).
 */
export function verifyXEdDsa(publicKey: Buffer, message: Buffer, signature: Buffer): boolean {
  if (signature.length !== SIGNATURE_SIZE) return false;
  const montgomery = littleEndian(rawPublicKey(publicKey));
  if (montgomery >= Fp.ORDER || montgomery === Fp.ORDER - 1n) return false;
  const edwardsY = Fp.mul(Fp.sub(montgomery, 1n), Fp.inv(Fp.add(montgomery, 1n)));
  const edwardsKey = Buffer.from(Fp.toBytes(edwardsY));
  edwardsKey[31] = edwardsKey[31]! | (signature[63]! & SIGN_BIT);
  const plain = Buffer.from(signature);
  plain[63] = plain[63]! & ~SIGN_BIT;
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: edwardsKey.toString('base64url') };
    return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), plain);
  } catch {
    return false;
  }
}

function clamp(privateKey: Buffer): Buffer {
  const clamped = Buffer.from(privateKey);
  clamped[0] = clamped[0]! & 248;
  clamped[31] = (clamped[31]! & 127) | 64;
  return clamped;
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(
    `0x${Buffer.from(bytes)
      .reverse()
      .toString('hex')
      .padStart(2 * KEY_SIZE, '0')}`,
  );
}

function scalarHash(...parts: Buffer[]): bigint {
  const digest = createHash('sha512').update(Buffer.concat(parts)).digest();
  return Fn.create(littleEndian(digest));
}
