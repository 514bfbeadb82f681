/**
 * Baileys asks libsignal about signatures and ignores the answer: any server certificate and any account signature passes (protocol
 * reference, section 1), and each useless check takes 11 ms or more of pure JavaScript, two at every login. Here the answer counts, and
 * Node's own Ed25519 gives it in about 0.2 ms.
 */
import { createPublicKey, verify } from 'node:crypto';
import { Curve } from '@whiskeysockets/baileys';

/** Process-wide, and once however often it is called. */
export function verifySignatures(): void {
  Curve.verify = (publicKey, message, signature) => isSignedBy(publicKey, message, signature);
}

const prime = 2n ** 255n - 19n;
const signBit = 0x80;

/**
 * Whether the XEdDSA signature (64 bytes) is by the owner of that X25519 key (32 bytes, or 33 with its type). It is an Ed25519 signature by
 * the Edwards form of the key, whose sign is kept in the top bit of the signature (https://signal.org/docs/specifications/xeddsa/).
 */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length < 32) return false;
  const u = fromLittleEndian(publicKey.subarray(publicKey.length - 32));
  if (u >= prime || u === prime - 1n) return false;
  const edwards = toLittleEndian(modulo((u - 1n) * inverse(u + 1n)));
  edwards[31]! |= signature[63]! & signBit;
  const plain = Buffer.from(signature);
  plain[63]! &= ~signBit;
  try {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: edwards.toString('base64url') },
      format: 'jwk',
    });
    return verify(null, message, key, plain);
  } catch {
    // Not a point of the curve.
    return false;
  }
}

const modulo = (value: bigint): bigint => ((value % prime) + prime) % prime;

/** By Fermat: value^(prime - 2). */
function inverse(value: bigint): bigint {
  let result = 1n;
  let power = modulo(value);
  for (let exponent = prime - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * power) % prime;
    power = (power * power) % prime;
  }
  return result;
}
const fromLittleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
const toLittleEndian = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
