import { type Rejection, reject } from '@wam/contracts';

/** A place in a list, opaque to who holds it. */
export const cursorOf = (place: string | number): string => Buffer.from(String(place)).toString('base64url');

/** VALIDATION_FAILED for what no answer contained. */
export function placeOf(cursor: unknown, pattern: RegExp): string | undefined | Rejection {
  if (cursor === undefined) return undefined;
  const place = Buffer.from(String(cursor), 'base64url').toString();
  return pattern.test(place)
    ? place
    : reject('VALIDATION_FAILED', { param: 'cursor', message: 'cursor is not one that an answer contained' });
}

export const wholeNumber = /^\d{1,9}$/;

/** One row more than wanted was asked for, to know whether there are more. */
export function pageOf<Row>(rows: readonly Row[], limit: number, place: (row: Row) => string | number) {
  const hasMore = rows.length > limit;
  const data = rows.slice(0, limit);
  return { data, hasMore, nextCursor: hasMore ? cursorOf(place(data.at(-1)!)) : null };
}
