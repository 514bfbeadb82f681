/** People do not write like clocks. Pure: the same seed and count give the same pause, whoever asks and however often. */
import { createHash } from 'node:crypto';

const longPauseShare = 0.05;
const longPauseFactor = 4;

/**
 * By how much the pause after the message number `count` of `seed` is longer than the pace asks: mostly between 0 and `jitter`, one time
 * in twenty up to five times as much. Never shorter, so that a limit stays a limit.
 */
export function stretchOf(seed: string, count: number, jitter: number): number {
  if (jitter === 0) return 0;
  const fraction = fractionOf(seed, count);
  const usual = Math.min(1, fraction / (1 - longPauseShare));
  const beyond = Math.max(0, fraction - (1 - longPauseShare)) / longPauseShare;
  return jitter * (usual + longPauseFactor * beyond);
}

/** Over many messages: half the jitter of nineteen, and three times of the twentieth. */
export const meanStretch = (jitter: number): number =>
  jitter * ((1 - longPauseShare) / 2 + longPauseShare * (1 + longPauseFactor / 2));

/** From 0 to below 1. */
const fractionOf = (seed: string, count: number): number =>
  createHash('sha256').update(`${seed}/${count}`).digest().readUInt32BE(0) / 2 ** 32;
