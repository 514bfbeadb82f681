/** A span of time as the fewest counters that add up to it. */
import { bucketMs, rollupMinutes } from './projection.ts';

export interface Piece {
  /** Length of the counters to read. */
  spanMinutes: number;
  /** Epoch ms, on multiples of the length; `to` is not in it. */
  from: number;
  to: number;
}

export const quarterMinutes = bucketMs / 60_000;
const longestFirst = [...rollupMinutes, quarterMinutes].sort((a, b) => b - a);

/** Without gap or overlap, in order. Both ends lie on quarters of an hour. */
export function piecesOf(from: number, to: number): Piece[] {
  const pieces: Piece[] = [];
  for (let at = from; at < to; ) {
    const spanMinutes = longestFirst.find((minutes) => at % (minutes * 60_000) === 0 && at + minutes * 60_000 <= to);
    if (spanMinutes === undefined) throw new RangeError(`${from} to ${to} are no quarters of an hour`);
    const end = at + spanMinutes * 60_000;
    const last = pieces.at(-1);
    if (last?.spanMinutes === spanMinutes) last.to = end;
    else pieces.push({ spanMinutes, from: at, to: end });
    at = end;
  }
  return pieces;
}
