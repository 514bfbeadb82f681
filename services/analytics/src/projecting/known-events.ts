/** Which stored events the projections understand. What they do not is archived, skipped and counted, never guessed at. */
import {
  type AnyEvent,
  EventEnvelope,
  type MessageEvent,
  messageEvents,
  type SessionEvent,
  sessionEvents,
} from '@wam/contracts';
import type { StoredEvent } from '@wam/service-kit/nats';
import Type, { type TObject } from 'typebox';
import { Compile } from 'typebox/compile';

export interface KnownEvents {
  message: MessageEvent[];
  session: SessionEvent[];
}

/** Schema versions above 1 need an upcaster here first. */
const currentVersion = 1;

const compile = (schemas: Readonly<Record<string, TObject>>) =>
  new Map(
    Object.entries(schemas).map(([type, data]) => [type, Compile(Type.Object({ ...EventEnvelope.properties, data }))]),
  );
const checks = { message: compile(messageEvents), session: compile(sessionEvents) };

/** One event as the projections see it. skipped: of a domain of theirs, but of a type, version or shape that this release does not know. */
export type Recognised = { domain: 'message' | 'session'; event: AnyEvent } | 'skipped' | 'of-no-concern';

export function recognise({ subject, event }: StoredEvent): Recognised {
  const domain = subject.split('.', 2)[1];
  if (domain !== 'message' && domain !== 'session') return 'of-no-concern';
  const isKnown = event?.v === currentVersion && checks[domain].get(event.type)?.Check(event) === true;
  return isKnown ? { domain, event } : 'skipped';
}

export function sortOut(all: Iterable<Recognised>): KnownEvents {
  const known: KnownEvents = { message: [], session: [] };
  for (const recognised of all) {
    if (typeof recognised === 'string') continue;
    if (recognised.domain === 'message') known.message.push(recognised.event as MessageEvent);
    else known.session.push(recognised.event as SessionEvent);
  }
  return known;
}
