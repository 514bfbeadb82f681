/** What the log of messages gives back of the daily quota. Pure. */
import { CalendarDay, EventEnvelope, isGivenBack, MessageFailed } from '@wam/contracts';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';

const { messageId, code } = MessageFailed.properties;
const CountedFailure = Type.Object({
  ...EventEnvelope.properties,
  type: Type.Literal('MessageFailed'),
  data: Type.Object({ messageId, code, countedOn: CalendarDay }),
});
/** Schema versions above 1 need an upcaster here first. */
const currentVersion = 1;
const check = Compile(CountedFailure);

export interface GivenBack {
  messageId: string;
  tenant: string;
  /** `YYYY-MM-DD` */
  day: string;
}

/**
 * A message is told of again when its command or its end came twice: whoever counts keeps in mind which ones came back. That is kept for some
 * days only, so what is older comes back no more; the day it would be given to is over anyway.
 *
 * @param oldestDay the first day that is still given to, `YYYY-MM-DD`
 */
export function givenBackBy(events: readonly { type: string; v: number }[], oldestDay: string): GivenBack[] {
  const found = new Map<string, GivenBack>();
  for (const event of events) {
    if (event.type !== 'MessageFailed' || event.v !== currentVersion || !check.Check(event)) continue;
    const { tenant, data } = event as Static<typeof CountedFailure>;
    const day = data.countedOn;
    if (!isGivenBack(data.code) || !isDate(day) || day < oldestDay || found.has(data.messageId)) continue;
    found.set(data.messageId, { messageId: data.messageId, tenant, day });
  }
  return [...found.values()];
}

/** What comes from a dropped letter was in nobody's table: there may be a 31st of February in it. */
function isDate(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
