/** The day that is counted on, by time zone: looking it up costs calendars 20 us, and it changes once a day. */
import { endOfLocalDay, localDayAt } from '@wam/service-kit';

export interface Today {
  /** `YYYY-MM-DD` */
  day: string;
  /** ISO instant at which it ends. */
  resetsAt: string;
}
interface Known extends Today {
  fromMs: number;
  untilMs: number;
}

/** The runtime knows about 600 zones, but in any mixture of cases. */
const maxZones = 2_000;

export function createToday(): (nowMs: number, timeZone: string) => Today {
  const byZone = new Map<string, Known>();
  return (nowMs, timeZone) => {
    const known = byZone.get(timeZone);
    if (known !== undefined && known.fromMs <= nowMs && nowMs < known.untilMs) return known;
    const day = localDayAt(nowMs, timeZone);
    const untilMs = endOfLocalDay(day, timeZone);
    const found = { day, resetsAt: new Date(untilMs).toISOString(), fromMs: nowMs, untilMs };
    if (byZone.size >= maxZones) byZone.clear();
    byZone.set(timeZone, found);
    return found;
  };
}
