/** Calendar days of a time zone as instants and labels. Pure: the caller says what time it is. */
import { localDayNumberAt, startOfLocalDay } from '@wam/service-kit';
import { bucketMs } from './projection.ts';

export interface Days {
  /** Start of each day, oldest first, then the end of the last one: one more than there are days. Epoch ms, on quarters. */
  boundaries: number[];
  /** `Mon, Jan 8`, one per day. */
  labels: string[];
}

/** The last `count` days of the time zone, the last being the one in which `now` lies. */
export function lastDays(count: number, timeZone: string, now: number): Days {
  const today = localDayNumberAt(now, timeZone);
  const days = Array.from({ length: count }, (_, i) => today - (count - 1 - i));
  return {
    boundaries: [...days, today + 1].map((day) => startOfLocalDay(day, timeZone, bucketMs)),
    labels: days.map((day) => labelFormat.format(day * dayMs)),
  };
}

const dayMs = 86_400_000;
const labelFormat = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  weekday: 'short',
  month: 'short',
  day: 'numeric',
});
