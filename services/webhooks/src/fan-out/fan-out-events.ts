/** One batch of the log into rows: sessions that changed, deliveries to those who want to be told. */
import { type AnyEvent, type PublicEvent, type SessionEvent, sessionEvents } from '@wam/contracts';
import { type OpenMessage, toPublicEvent } from '@wam/public-events';
import type { Logger } from '@wam/service-kit';
import type { StoredEvent } from '@wam/service-kit/nats';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import { insertDeliveries, type NewDelivery } from '../delivery/delivery-table.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import { payloadOf, type Subscriber, wants } from './plan-deliveries.ts';
import {
  deleteSessions,
  evolveSession,
  loadSessions,
  type SessionFacts,
  saveSessions,
  sessionKey,
} from './session-table.ts';

export interface FanOutDeps {
  open: OpenMessage;
  seals: WebhookSeals;
  now: () => Date;
  newId: () => string;
  logger: Logger;
}
type Database = Kysely<WebhooksTables>;

/** @returns what there is to be sent once the transaction is committed */
export async function fanOutEvents(
  trx: Database,
  batch: readonly StoredEvent[],
  deps: FanOutDeps,
): Promise<NewDelivery[]> {
  const events = batch.map(({ event }) => event);
  const tenants = [...new Set(events.map(({ tenant }) => tenant))];
  const subscribers = await readSubscribers(trx, tenants);
  const sessions = await createSessionBook(trx, events, subscribers);
  const deliveries: NewDelivery[] = [];
  for (const event of events) {
    const before = sessions.of(event);
    sessions.take(event);
    // The last words of a session still tell whose it was.
    const session = sessions.of(event) ?? before;
    deliveries.push(...deliveriesOf(event, subscribers.get(event.tenant) ?? [], session, deps));
  }
  await sessions.save();
  await insertDeliveries(trx, deliveries);
  return deliveries;
}

function deliveriesOf(
  event: AnyEvent,
  subscribers: readonly Subscriber[],
  session: SessionFacts | undefined,
  { open, seals, now, newId, logger }: FanOutDeps,
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
  const sealedBody = seals.sealBody(event.tenant, told.id, body);
  const createdAt = now();
  return interested.map((subscriber) => ({
    webhookId: subscriber.id,
    id: `dlv_${newId()}`,
    tenant: event.tenant,
    eventId: told.id,
    type: told.type,
    sessionId: told.sessionId ?? null,
    sealedBody,
    body,
    ordered: subscriber.ordered,
    createdAt,
  }));
}

/** Paused ones too: what happens meanwhile waits for them. */
async function readSubscribers(db: Database, tenants: readonly string[]): Promise<Map<string, Subscriber[]>> {
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

const sessionIdOf = ({ data }: AnyEvent): string | undefined => (data as { sessionId?: string } | null)?.sessionId;

/** The sessions of a batch: loaded where somebody wants to be told of them or where they change, kept up to date, saved at the end. */
async function createSessionBook(
  trx: Database,
  events: readonly AnyEvent[],
  subscribers: ReadonlyMap<string, unknown>,
): Promise<{ of(event: AnyEvent): SessionFacts | undefined; take(event: AnyEvent): void; save(): Promise<void> }> {
  const keys = new Map<string, { tenant: string; sessionId: string }>();
  for (const event of events) {
    const sessionId = sessionIdOf(event);
    if (sessionId !== undefined && (Object.hasOwn(sessionEvents, event.type) || subscribers.has(event.tenant)))
      keys.set(sessionKey(event.tenant, sessionId), { tenant: event.tenant, sessionId });
  }
  const known: Map<string, SessionFacts | undefined> = await loadSessions(trx, [...keys.values()]);
  const changed = new Set<string>();
  return {
    of: (event) => known.get(sessionKey(event.tenant, sessionIdOf(event) ?? '')),
    take(event) {
      const sessionId = sessionIdOf(event);
      if (sessionId === undefined || event.v !== 1 || !Object.hasOwn(sessionEvents, event.type)) return;
      const key = sessionKey(event.tenant, sessionId);
      const before = known.get(key);
      const after = evolveSession(before, event as SessionEvent);
      if (after === before) return;
      known.set(key, after);
      changed.add(key);
    },
    async save() {
      const saved = [...changed].flatMap((key) => known.get(key) ?? []);
      const gone = [...changed].filter((key) => known.get(key) === undefined).flatMap((key) => keys.get(key) ?? []);
      await saveSessions(trx, saved);
      await deleteSessions(trx, gone);
    },
  };
}
