/** Which stored events the projections understand. What they do not is archived, skipped and counted, never guessed at. */
import {
  type AnyEvent,
  type CampaignEvent,
  campaignEvents,
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
  campaign: CampaignEvent[];
}

/** Schema versions above 1 need an upcaster here first. */
const currentVersion = 1;

const compile = (schemas: Readonly<Record<string, TObject>>) =>
  new Map(
    Object.entries(schemas).map(([type, data]) => [type, Compile(Type.Object({ ...EventEnvelope.properties, data }))]),
  );
const checks = {
  message: compile(messageEvents),
  session: compile(sessionEvents),
  campaign: compile(campaignEvents),
};
const isDomain = (name: string): name is keyof KnownEvents => Object.hasOwn(checks, name);

/** One event as the projections see it. skipped: of a domain of theirs, but of a type, version or shape that this release does not know. */
export type Recognised = { domain: keyof KnownEvents; event: AnyEvent } | 'skipped' | 'of-no-concern';

export function recognise({ subject, event }: StoredEvent): Recognised {
  const domain = subject.split('.', 2)[1] ?? '';
  if (!isDomain(domain)) return 'of-no-concern';
  const isKnown = event?.v === currentVersion && checks[domain].get(event.type)?.Check(event) === true;
  return isKnown ? { domain, event } : 'skipped';
}

export function sortOut(all: Iterable<Recognised>): KnownEvents {
  const known: KnownEvents = { message: [], session: [], campaign: [] };
  for (const recognised of all) {
    if (typeof recognised === 'string') continue;
    // Checked against the schemas of its domain.
    known[recognised.domain].push(recognised.event as never);
  }
  return known;
}
