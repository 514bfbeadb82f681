/** When a campaign may send, in the local time of its audience. Pure. */
export interface SendingHours {
  timeZone: string;
  /** Local times of day as `HH:MM`; `to` before `from` is over midnight. All day when undefined. */
  between: { from: string; to: string } | undefined;
  /** 1 is Monday. Undefined: every day. */
  days: readonly number[] | undefined;
}

const minuteMs = 60_000;
const dayMinutes = 24 * 60;
/** A window that opens on one day of the week is at most this far away, with a change of the clocks. */
const furthestMs = 8 * dayMinutes * minuteMs;

/**
 * The earliest instant from `nowMs` on that lies within the hours; `nowMs` itself when it does. Local time is looked up and never computed, so
 * that days with 23 or 25 hours need no care. Undefined when no instant of the next eight days does.
 */
export function nextSendingTime(nowMs: number, hours: SendingHours): number | undefined {
  if (hours.between === undefined && hours.days === undefined) return nowMs;
  const isOpen = openingOf(hours);
  if (isOpen(nowMs)) return nowMs;
  const firstMinute = Math.ceil(nowMs / minuteMs) * minuteMs;
  // Clocks change by multiples of 15 minutes, and stand still or run: whoever looks each quarter of an hour misses only what is shorter.
  const step = quarterMs(hours);
  for (let at = firstMinute; at <= nowMs + furthestMs; at += step) {
    if (isOpen(at)) return earliestOpen(Math.max(firstMinute, at - step), at, isOpen);
  }
  return undefined;
}

/** When the hours that `nowMs` lies in end; undefined when they do not within a day. */
export function endOfSendingTime(nowMs: number, hours: SendingHours): number | undefined {
  if (hours.between === undefined && hours.days === undefined) return undefined;
  const isOpen = openingOf(hours);
  const isClosed = (at: number) => !isOpen(at);
  const step = quarterMs(hours);
  const firstMinute = Math.ceil((nowMs + 1) / minuteMs) * minuteMs;
  for (let at = firstMinute; at <= nowMs + dayMinutes * minuteMs; at += step) {
    if (isClosed(at)) return earliestOpen(Math.max(firstMinute, at - step), at, isClosed);
  }
  return undefined;
}

function quarterMs({ between, days }: SendingHours): number {
  if (between === undefined) return 15 * minuteMs;
  const [from, to] = [minutesOf(between.from), minutesOf(between.to)];
  const open = (to - from + dayMinutes) % dayMinutes;
  // Days on which is not sent cut the hours of a night at midnight.
  const parts = days !== undefined && from > to ? [dayMinutes - from, to, from - to] : [open, dayMinutes - open];
  return parts.every((part) => part === 0 || part >= 15) ? 15 * minuteMs : minuteMs;
}

function earliestOpen(fromMs: number, openMs: number, isOpen: (at: number) => boolean): number {
  let earliest = openMs;
  while (earliest - minuteMs >= fromMs && isOpen(earliest - minuteMs)) earliest -= minuteMs;
  return earliest;
}

function openingOf({ timeZone, between, days }: SendingHours): (atMs: number) => boolean {
  const local = partsOf(timeZone);
  const from = minutesOf(between?.from ?? '00:00');
  const to = minutesOf(between?.to ?? '00:00');
  return (atMs) => {
    const { weekday, minutes } = local(atMs);
    if (days !== undefined && !days.includes(weekday)) return false;
    if (from === to) return true;
    return from < to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
  };
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const formats = new Map<string, Intl.DateTimeFormat>();

function partsOf(timeZone: string): (atMs: number) => { weekday: number; minutes: number } {
  // 30 us to make, 2 us to use.
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  if (formats.size < 1000) formats.set(timeZone, format);
  return (atMs) => {
    let weekday = 0;
    let minutes = 0;
    for (const { type, value } of format.formatToParts(atMs)) {
      if (type === 'weekday') weekday = weekdays.indexOf(value) + 1;
      else if (type === 'hour') minutes += Number(value) * 60;
      else if (type === 'minute') minutes += Number(value);
    }
    return { weekday, minutes };
  };
}
