/**
 * Node 24 asks of every key given as bytes whether it is a KeyObject, then whether it is a CryptoKey, and learns it from an exception each
 * time: 10 of the 14 us that sealing a frame takes. Baileys and libsignal know only bytes, so this wraps them before they get there
 * (1 us). Same results, same errors for keys of a wrong length; goes once Node checks without throwing.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const wrapped = Symbol.for('wam.raw-key-ciphers');

/** Process-wide, and once however often it is called. */
export function speedUpRawKeyCiphers(): void {
  const marked = crypto as typeof crypto & { [wrapped]?: true };
  if (marked[wrapped]) return;
  marked[wrapped] = true;
  for (const name of ['createCipheriv', 'createDecipheriv', 'createHmac'] as const) {
    const original = crypto[name] as (algorithm: string, key: unknown, ...rest: unknown[]) => unknown;
    const withKeyObject = (algorithm: string, key: unknown, ...rest: unknown[]): unknown =>
      original(algorithm, key instanceof Uint8Array ? crypto.createSecretKey(key) : key, ...rest);
    Object.assign(crypto, { [name]: withKeyObject });
  }
  syncBuiltinESMExports();
}
