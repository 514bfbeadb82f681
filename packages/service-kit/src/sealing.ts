/**
 * Sealed envelopes for secrets at rest: AES-256-GCM under a key of the tenant, bound to the place where the envelope lies.
 *
 *   byte 0       format, 1
 *   bytes 1-4    id of the key-encryption key, for rotation
 *   bytes 5-16   random nonce
 *   ...          ciphertext
 *   last 16      tag
 *
 * The tenant's key is HKDF-SHA256(kek, info = tenant). A purpose can have a kek of its own, derived from the first
 * ({@link deriveKek}): a process that is given only that one opens nothing else.
 * Nonces are random 96-bit values: NIST SP 800-38D allows 2^32 of them per key,
 * which at 100 envelopes a second is more than a year for one tenant; rotate the kek well before.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';

export interface SealContext {
  tenant: string;
  /** What it is, such as `signal-key`. */
  purpose: string;
  /** Where it lies, such as the row's primary key. */
  id: string;
}
export type SealFault = 'malformed' | 'unknown-key' | 'rejected';

/**
 * `malformed`: not an envelope. `unknown-key`: sealed under a kek this process does not have.
 * `rejected`: changed, or moved here from another tenant, purpose or id.
 */
export class SealError extends Error {
  readonly fault: SealFault;

  constructor(fault: SealFault) {
    super(`sealed envelope: ${fault}`);
    this.name = 'SealError';
    this.fault = fault;
  }
}

export interface Sealer {
  seal(context: SealContext, plaintext: Uint8Array | string): Buffer;
  /** @throws SealError */
  open(context: SealContext, sealed: Uint8Array): Buffer;
  /**
   * The same content under the current key. The same envelope always becomes the same new one, so that copies of it stay equal: the nonce
   * is its hash, which no two contents share. @throws SealError
   */
  reseal(context: SealContext, sealed: Uint8Array): Buffer;
  /** {@link keyIdOf} the envelopes this sealer makes: its own key, and those of purposes. */
  currentKeyIds(): readonly Buffer[];
  /** Whether it has the key that envelopes with this id are under. */
  knowsKeyId(id: Buffer): boolean;
}
export interface SealerOptions {
  /** 32 bytes; seals everything new. */
  kek: Buffer;
  /** Still opened, never used to seal. */
  retiredKeks?: readonly Buffer[];
  /** Purposes sealed under `deriveKek(kek, purpose)`. What was sealed for them under `kek` itself is still opened. */
  purposesWithOwnKey?: readonly string[];
  maxCachedKeys?: number;
}

const FORMAT = 1;
const KEK_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEK_ID_BYTES + NONCE_BYTES;

/** Id of the key an envelope is under, 4 bytes; a view. Of what is no envelope: something that is the id of no key. */
export const keyIdOf = (sealed: Uint8Array): Buffer =>
  Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength).subarray(1, 1 + KEK_ID_BYTES);

/** Length-prefixed, so that no two contexts have the same bytes. */
function associatedData({ tenant, purpose, id }: SealContext): Buffer {
  const bytes = Buffer.allocUnsafe(12 + 3 * (tenant.length + purpose.length + id.length));
  let end = 0;
  for (const text of [tenant, purpose, id]) {
    const length = bytes.write(text, end + 4, 'utf8');
    bytes.writeUInt32BE(length, end);
    end += 4 + length;
  }
  return bytes.subarray(0, end);
}
/** From a pool: asking the system costs 1.5 us each time. Every byte is used once. */
const newNonce: () => Buffer = (() => {
  const pool = Buffer.alloc(NONCE_BYTES * 256);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += NONCE_BYTES;
    // A copy: the place in the pool is filled anew.
    return Buffer.from(pool.subarray(used - NONCE_BYTES, used));
  };
})();
const kekIdOf = (kek: Buffer): string =>
  createHash('sha256')
    .update('wam-kek-id\0')
    .update(kek)
    .digest('hex')
    .slice(0, KEK_ID_BYTES * 2);

interface CurrentKek {
  id: string;
  idBytes: Buffer;
  kek: Buffer;
}
function currentKek(kek: Buffer): CurrentKek {
  const id = kekIdOf(kek);
  return { id, idBytes: Buffer.from(id, 'hex'), kek };
}

/** Key-encryption key of one purpose, 32 bytes. Does not lead back to `kek`. */
export const deriveKek = (kek: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', kek, 'wam-derived-kek-v1', purpose, 32));

export function createSealer(options: SealerOptions): Sealer {
  const maxCachedKeys = options.maxCachedKeys ?? 10_000;
  const keks = new Map<string, Buffer>();
  const current = currentKek(options.kek);
  const ownKeks = new Map<string, CurrentKek>();
  for (const kek of [options.kek, ...(options.retiredKeks ?? [])]) {
    if (kek.length !== 32) throw new RangeError('a key-encryption key has 32 bytes');
    keks.set(kekIdOf(kek), kek);
    for (const purpose of options.purposesWithOwnKey ?? []) {
      const own = currentKek(deriveKek(kek, purpose));
      keks.set(own.id, own.kek);
      if (kek === options.kek) ownKeks.set(purpose, own);
    }
  }
  // HKDF costs about 10 us: keep derived keys, least recently used out first. As KeyObject, since Node 24 takes 20 us to import a
  // Buffer into each cipher, and 6 us for all the rest.
  const derived = new Map<string, KeyObject>();
  let last: { kek: Buffer; tenant: string; key: KeyObject } | undefined;

  function keyOf(kekId: string, kek: Buffer, tenant: string): KeyObject {
    if (last?.kek === kek && last.tenant === tenant) return last.key;
    const cacheKey = `${kekId}${tenant}`;
    const cached = derived.get(cacheKey);
    if (cached) derived.delete(cacheKey);
    const key = cached ?? createSecretKey(Buffer.from(hkdfSync('sha256', kek, 'wam-sealing-v1', tenant, 32)));
    derived.set(cacheKey, key);
    if (derived.size > maxCachedKeys) derived.delete(derived.keys().next().value!);
    last = { kek, tenant, key };
    return key;
  }

  function sealWith(nonce: Buffer, context: SealContext, plaintext: Uint8Array | string): Buffer {
    const { id, idBytes, kek } = ownKeks.get(context.purpose) ?? current;
    const cipher = createCipheriv('aes-256-gcm', keyOf(id, kek, context.tenant), nonce);
    cipher.setAAD(associatedData(context));
    const body = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
    return Buffer.concat([Buffer.of(FORMAT), idBytes, nonce, body, cipher.final(), cipher.getAuthTag()]);
  }

  const sealer: Sealer = {
    currentKeyIds: () => [current.idBytes, ...[...ownKeks.values()].map(({ idBytes }) => idBytes)],
    knowsKeyId: (id) => keks.has(id.toString('hex')),
    seal: (context, plaintext) => sealWith(newNonce(), context, plaintext),
    reseal(context, sealed) {
      const nonce = createHash('sha256').update('wam-reseal\0').update(sealed).digest().subarray(0, NONCE_BYTES);
      return sealWith(nonce, context, sealer.open(context, sealed));
    },
    open(context, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes[0] !== FORMAT) throw new SealError('malformed');
      const kekId = keyIdOf(bytes).toString('hex');
      const kek = keks.get(kekId);
      if (!kek) throw new SealError('unknown-key');
      const nonce = bytes.subarray(1 + KEK_ID_BYTES, HEADER_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', keyOf(kekId, kek, context.tenant), nonce);
      decipher.setAAD(associatedData(context));
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      try {
        return Buffer.concat([
          decipher.update(bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES)),
          decipher.final(),
        ]);
      } catch {
        throw new SealError('rejected');
      }
    },
  };
  return sealer;
}
