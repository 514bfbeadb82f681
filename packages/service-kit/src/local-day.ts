/** Calendar days of IANA time zones as instants. Pure: the caller says what time it is. */

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Offsets lie within +-15 h in all of the time zone database, and a zone can skip a day (Samoa, 2011). */
const widestOffsetMs = 15 * hourMs;

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

/** Making a formatter costs some 50 us, using one 1 us. The runtime knows about 600 names, but in any mixture of cases. */
const maxFormats = 2_000;
const formats = new Map<string, Intl.DateTimeFormat>();
function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    if (formats.size >= maxFormats) formats.clear();
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Days from 1970-01-01 to the date that the zone's calendars show at `atMs`. */
export function localDayNumberAt(atMs: number, timeZone: string): number {
  const [month = 1, day = 1, year = 1970] = formatFor(timeZone).format(atMs).split('/').map(Number);
  return Date.UTC(year, month - 1, day) / dayMs;
}

/**
 * First instant on a multiple of `stepMs` at which the zone's date is that day or a later one. Searched, not computed: where the clocks
 * change at midnight (Cairo, Beirut) there is no 00:00, and a skipped date begins nowhere.
 * @param dayNumber as `localDayNumberAt` counts
 */
export function startOfLocalDay(dayNumber: number, timeZone: string, stepMs = 1): number {
  let before = Math.floor((dayNumber * dayMs - widestOffsetMs) / stepMs);
  let from = Math.ceil((dayNumber * dayMs + widestOffsetMs + dayMs) / stepMs);
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (localDayNumberAt(middle * stepMs, timeZone) >= dayNumber) from = middle;
    else before = middle;
  }
  return from * stepMs;
}

/** The date in the time zone, `YYYY-MM-DD`. */
export const localDayAt = (atMs: number, timeZone: string): string =>
  new Date(localDayNumberAt(atMs, timeZone) * dayMs).toISOString().slice(0, 10);

/**
 * First millisecond at which the zone's date is later than `day`.
 * @param day `YYYY-MM-DD`
 */
export const endOfLocalDay = (day: string, timeZone: string): number =>
  startOfLocalDay(Date.parse(day) / dayMs + 1, timeZone);
