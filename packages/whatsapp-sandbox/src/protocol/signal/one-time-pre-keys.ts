import { createHmac } from 'node:crypto';
import { KeyPair, type RandomBytes } from '../curve25519/x25519.ts';

/** Ids travel in three bytes. */
const MAX_ID = 0xfffffe;

/**
 * A device's one-time prekeys. A real phone keeps each key until it is used; here key n is derived from a seed, so a
 * bundle that nobody uses costs no storage. The price is forward secrecy of first messages, which a simulator can do
 * without. What counts is kept: every id works once.
 */
export class OneTimePreKeys {
  #seed: Buffer;
  #nextId: number;
  #used: Array<[from: number, to: number]>;
  readonly #random: RandomBytes;

  constructor(
    random: RandomBytes,
    stored: { seed: Buffer; nextId: number; used: ReadonlyArray<[number, number]> } = {
      seed: random(32),
      nextId: 1,
      used: [],
    },
  ) {
    this.#random = random;
    this.#seed = stored.seed;
    this.#nextId = stored.nextId;
    this.#used = stored.used.map(([from, to]) => [from, to]);
  }

  mint(): { id: number; publicKey: Buffer } {
    if (this.#nextId > MAX_ID) {
      this.#seed = this.#random(32);
      this.#nextId = 1;
      this.#used = [];
    }
    const id = this.#nextId++;
    return { id, publicKey: this.#derive(id).publicKey };
  }

  /** The key pair of a minted, unused id; undefined otherwise. */
  find(id: number): KeyPair | undefined {
    if (id < 1 || id >= this.#nextId || this.#used.some(([from, to]) => id >= from && id <= to)) return undefined;
    return this.#derive(id);
  }

  /** Notes an id that `find` returned a key for as used. Ids are used nearly in order, so the ranges stay few. */
  use(id: number): void {
    const at = this.#used.findIndex(([from]) => from > id);
    const index = at === -1 ? this.#used.length : at;
    const before = this.#used[index - 1];
    const after = this.#used[index];
    const joinsBefore = before !== undefined && before[1] === id - 1;
    const joinsAfter = after !== undefined && after[0] === id + 1;
    if (joinsBefore && joinsAfter) {
      before[1] = after[1];
      this.#used.splice(index, 1);
    } else if (joinsBefore) {
      before[1] = id;
    } else if (joinsAfter) {
      after[0] = id;
    } else {
      this.#used.splice(index, 0, [id, id]);
    }
  }

  toJSON(): { seed: string; nextPreKeyId: number; usedPreKeys: Array<[number, number]> } {
    return {
      seed: this.#seed.toString('base64'),
      nextPreKeyId: this.#nextId,
      usedPreKeys: this.#used.map(([from, to]) => [from, to]),
    };
  }

  #derive(id: number): KeyPair {
    return KeyPair.fromPrivateKey(createHmac('sha256', this.#seed).update(`one-time prekey ${id}`).digest());
  }
}
