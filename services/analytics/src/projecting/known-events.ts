/** Which stored events the projections understand. What they do not is archived, skipped and counted, never guessed at. */
import { EventEnvelope, type MessageEvent, messageEvents, type SessionEvent, sessionEvents } from '@wam/contracts';
import type { StoredEvent } from '@wam/service-kit/nats';
import Type, { type TObject } from 'typebox';
import { Compile } from 'typebox/compile';

export interface KnownEvents {
  message: MessageEvent[];
  session: SessionEvent[];
  /** Of these domains, but of a type, version or shape this release does not know. */
  skipped: StoredEvent[];
}

/** Schema versions above 1 need an upcaster here first. */
const currentVersion = 1;

const compile = (schemas: Readonly<Record<string, TObject>>) =>
  new Map(
    Object.entries(schemas).map(([type, data]) => [type, Compile(Type.Object({ ...EventEnvelope.properties, data }))]),
  );
const checks = { message: compile(messageEvents), session: compile(sessionEvents) };

export function sortOut(stored: readonly StoredEvent[]): KnownEvents {
  const known: KnownEvents = { message: [], session: [], skipped: [] };
  for (const entry of stored) {
    const domain = entry.subject.split('.', 2)[1];
    if (domain !== 'message' && domain !== 'session') continue;
    const { event } = entry;
    const isKnown = event?.v === currentVersion && checks[domain].get(event.type)?.Check(event) === true;
    if (!isKnown) known.skipped.push(entry);
    else if (domain === 'message') known.message.push(event as MessageEvent);
    else known.session.push(event as SessionEvent);
  }
  return known;
}
