/** One batch of the log into what is to be sent, and to whom. Writes nothing. */
import type { AnyEvent, PublicEvent } from '@wam/contracts';
import { type OpenMessage, toPublicEvent } from '@wam/public-events';
import type { Logger } from '@wam/service-kit';
import type { StoredEvent } from '@wam/service-kit/nats';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import type { NewDelivery } from '../delivery/delivery-table.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import { payloadOf, type Subscriber, wants } from './plan-deliveries.ts';
import type { SessionBook } from './session-book.ts';
import type { SessionFacts } from './session-table.ts';

export interface FanOutDeps {
  db: Kysely<WebhooksTables>;
  open: OpenMessage;
  now: () => Date;
  newId: () => string;
  logger: Logger;
}

export async function fanOutEvents(
  batch: readonly StoredEvent[],
  sessions: SessionBook,
  deps: FanOutDeps,
): Promise<NewDelivery[]> {
  const events = batch.map(({ event }) => event);
  const subscribers = await readSubscribers(deps.db, [...new Set(events.map(({ tenant }) => tenant))]);
  await sessions.prepare(events, (tenant) => subscribers.has(tenant));
  const of = { ...deps, createdAt: deps.now() };
  const deliveries: NewDelivery[] = [];
  for (const event of events) {
    const before = sessions.of(event);
    sessions.take(event);
    // The last words of a session still tell whose it was.
    const session = sessions.of(event) ?? before;
    deliveries.push(...deliveriesOf(event, subscribers.get(event.tenant) ?? [], session, of));
  }
  return deliveries;
}

function deliveriesOf(
  event: AnyEvent,
  subscribers: readonly Subscriber[],
  session: SessionFacts | undefined,
  { open, createdAt, newId, logger }: FanOutDeps & { createdAt: Date },
): NewDelivery[] {
  if (subscribers.length === 0) return [];
  let told: PublicEvent | undefined;
  try {
    told = toPublicEvent(event, open);
  } catch (error) {
    // An event without the shape of its type: it would stop everybody's deliveries for ever.
    logger.error({ err: error, eventId: event.id, type: event.type }, 'event not understood: no webhook is told of it');
  }
  if (told === undefined) return [];
  const interested = subscribers.filter((subscriber) => wants(subscriber, told, session));
  if (interested.length === 0) return [];
  const body = JSON.stringify(payloadOf(told, session));
  const { id: eventId, type, sessionId = null } = told;
  const ofAll = { tenant: event.tenant, eventId, type, sessionId, body, createdAt };
  return interested.map(({ id, ordered }) => ({ webhookId: id, id: `dlv_${newId()}`, ordered, event: ofAll }));
}

/** Paused ones too: what happens meanwhile waits for them. */
async function readSubscribers(
  db: Kysely<WebhooksTables>,
  tenants: readonly string[],
): Promise<Map<string, Subscriber[]>> {
  const rows = await db
    .selectFrom('webhook')
    .select(['id', 'tenant', 'event_types', 'session_id', 'mode', 'ordered'])
    .where('tenant', '=', sql<string>`any(${[...tenants]}::uuid[])`)
    .where('status', 'in', ['active', 'paused'])
    .execute();
  const subscribers = rows.map((row) => ({
    id: row.id,
    tenant: row.tenant,
    eventTypes: row.event_types,
    sessionId: row.session_id,
    mode: row.mode,
    ordered: row.ordered,
  }));
  return Map.groupBy(subscribers, ({ tenant }) => tenant);
}
