/**
 * Which signing key does what, and until when. Pure.
 *
 * A key is published from the moment it exists, signs from `signsFromMs` until the next one starts, and verifies until no token under it can
 * be alive: so gateways know it before they meet its tokens, and a rotation logs nobody out.
 */

export interface KeyTimes {
  kid: string;
  signsFromMs: number;
  /** Longest life that any process gave to a token of this key. */
  longestTokenMs: number;
}

/** A process that has not looked for keys yet, or whose clock is late, goes on signing with the old key for a while. */
export const overlapMs = 5 * 60_000;

const byStart = (a: KeyTimes, b: KeyTimes): number =>
  a.signsFromMs - b.signsFromMs || Number(a.kid > b.kid) - Number(a.kid < b.kid);

/** The key that signs at `nowMs`: of those that have started the latest; the first one on a clock that is behind its maker's. */
export function signerAt<K extends KeyTimes>(keys: readonly K[], nowMs: number): K | undefined {
  const sorted = [...keys].sort(byStart);
  return sorted.findLast((key) => key.signsFromMs <= nowMs) ?? sorted[0];
}

/** The key that is published and will sign later. */
export const upcomingAt = <K extends KeyTimes>(keys: readonly K[], nowMs: number): K | undefined =>
  [...keys].sort(byStart).find((key) => key.signsFromMs > nowMs);

/** When the last token of the key has expired; Infinity while it has no successor. */
export function verifiesUntilMs(key: KeyTimes, keys: readonly KeyTimes[]): number {
  const successor = [...keys].sort(byStart).find((other) => byStart(other, key) > 0);
  return successor === undefined ? Number.POSITIVE_INFINITY : successor.signsFromMs + key.longestTokenMs + overlapMs;
}

/** Those whose tokens can still be alive, or will be. */
export const verifyingAt = <K extends KeyTimes>(keys: readonly K[], nowMs: number): K[] =>
  keys.filter((key) => nowMs < verifiesUntilMs(key, keys));
