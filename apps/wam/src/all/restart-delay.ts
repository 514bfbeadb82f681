/** How long a part that ended by itself rests before it is started again. Pure. */

const firstDelayMs = 250;
const maxDelayMs = 15_000;
/** A part that ran this long had recovered; its next end counts as the first. */
export const recoveredAfterMs = 60_000;

/** @param endsInARow how often the part has ended without having recovered in between, 1 for the first time */
export const restartDelayMs = (endsInARow: number): number =>
  Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(Math.max(0, endsInARow - 1), 10));

export const nextEndsInARow = (endsInARow: number, ranForMs: number): number =>
  ranForMs >= recoveredAfterMs ? 1 : endsInARow + 1;
