import { type AnyEvent, causeKeyOf, spanKeys, traceKeyOf } from '@wam/contracts';
import { traced } from './tracing.ts';

/** Stores an event that is not a message's, as a span under its cause. */
export const tracedEvent = <T>(event: AnyEvent, store: () => Promise<T>): Promise<T> =>
  traced(
    () => ({
      trace: traceKeyOf(event),
      span: spanKeys.event(event.id),
      parent: causeKeyOf(event),
      name: `store ${event.type}`,
      kind: 'producer',
      attributes: { 'wam.tenant': event.tenant, 'wam.event_id': event.id },
    }),
    store,
  );
