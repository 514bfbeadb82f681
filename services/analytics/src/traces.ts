import { type AnyEvent, spanKeys, traceKeyOf } from '@wam/contracts';
import { isTracing, recordSpan } from '@wam/service-kit';
import type { KnownEvents } from './projecting/known-events.ts';

/** One span an event, of the time its batch took. */
export function traceProjection(events: KnownEvents, startedAtMs: number, endedAtMs: number): void {
  if (!isTracing()) return;
  for (const event of Object.values(events).flat() as AnyEvent[])
    recordSpan({
      trace: traceKeyOf(event),
      span: spanKeys.projection(event.id),
      parent: spanKeys.event(event.id),
      name: `project ${event.type}`,
      kind: 'consumer',
      startedAtMs,
      endedAtMs,
      attributes: { 'wam.tenant': event.tenant, 'wam.event_id': event.id },
    });
}
