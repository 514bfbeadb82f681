/** Chance as a port. Not for secrets: those come from node:crypto. */
export interface Random {
  /** In [0, 1). */
  next(): number;
}
export const systemRandom: Random = { next: () => Math.random() };

/** mulberry32: same seed, same sequence. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** Between half and all of `ms`: spreads retries of many clients without ever being immediate. */
export const withJitter = (ms: number, random: Random = systemRandom): number => ms * (0.5 + random.next() / 2);
