/** Calendar days of a time zone as instants and labels. Pure: the caller says what time it is. */
import { bucketMs } from './projection.ts';

export interface Days {
  /** Start of each day, oldest first, then the end of the last one: one more than there are days. Epoch ms, on quarters. */
  boundaries: number[];
  /** `Mon, Jan 8`, one per day. */
  labels: string[];
}

/** An IANA name that this runtime knows. Bare offsets such as `+05:30` are no time zones and are refused. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The last `count` days of the time zone, the last being the one in which `now` lies. */
export function lastDays(count: number, timeZone: string, now: number): Days {
  const dayOf = dayIn(timeZone);
  const today = dayOf(now);
  const days = Array.from({ length: count }, (_, i) => today - (count - 1 - i));
  return {
    boundaries: [...days, today + 1].map((day) => startOf(day, dayOf)),
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

/** Instant -> number of its calendar day in the time zone, counted from 1970-01-01. */
function dayIn(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  return (at) => {
    const [month = 1, day = 1, year = 1970] = format.format(at).split('/').map(Number);
    return Date.UTC(year, month - 1, day) / dayMs;
  };
}

/**
 * First quarter of an hour that belongs to the day or a later one. Searched, not computed: midnight does not exist on the day the
 * clocks change in some zones (Cairo, Beirut), and one zone has skipped a whole day (Samoa, 2011). Offsets lie within +-15 h.
 */
function startOf(day: number, dayOf: (at: number) => number): number {
  let before = Math.floor((day * dayMs - 15 * 3_600_000) / bucketMs);
  let from = before + (30 * 3_600_000) / bucketMs;
  while (from - before > 1) {
    const middle = (before + from) >> 1;
    if (dayOf(middle * bucketMs) >= day) from = middle;
    else before = middle;
  }
  return from * bucketMs;
}
