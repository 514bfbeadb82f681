/** What waits to be sent, and what became of it. */
import { type Kysely, type Selectable, type SqlExecutor, sql, unnestRows } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import { type BodyColumns, readBodies } from './body-pages.ts';
import type { Unwritten } from './unwritten.ts';

type Database = Kysely<WebhooksTables>;
export type DeliveryRow = Selectable<WebhooksTables['delivery']>;

/** An event as webhooks are told of it. */
export interface ToldEvent {
  tenant: string;
  eventId: string;
  type: string;
  sessionId: string | null;
  body: string;
  createdAt: Date;
}

export interface NewDelivery {
  webhookId: string;
  id: string;
  ordered: boolean;
  event: ToldEvent;
}
/** A delivery that waits, as who delivers it needs it. */
export interface DueDelivery {
  id: string;
  eventId: string;
  sessionId: string | null;
  /** Sealed where its row held it. */
  body: string | Buffer;
  attempts: number;
  tries: number;
  /** Epoch ms. */
  dueAt: number;
  /** While its row is not in the table. */
  unwritten?: Unwritten;
}
type DueRow = BodyColumns &
  Pick<DeliveryRow, 'id' | 'event_id' | 'session_id' | 'attempts' | 'tries'> & { next_attempt_at: Date };
const dueColumns = sql.raw(
  'id, event_id, session_id, sealed_body, body_page, body_start, body_length, attempts, tries, next_attempt_at',
);
const dueOf = (row: DueRow, body: string | Buffer): DueDelivery => ({
  id: row.id,
  eventId: row.event_id,
  sessionId: row.session_id,
  body,
  attempts: row.attempts,
  tries: row.tries,
  dueAt: row.next_attempt_at.getTime(),
});

/** Of whom deliveries are read, and what opens their bodies. */
export interface ReadFrom {
  db: Database;
  seals: Pick<WebhookSeals, 'openBodies'>;
  tenant: string;
  webhookId: string;
}
async function withBodies({ db, seals, tenant }: ReadFrom, rows: readonly DueRow[]): Promise<DueDelivery[]> {
  const bodies = await readBodies(db, seals, tenant, rows);
  return rows.map((row, index) => dueOf(row, bodies[index]!));
}

/** As it would be read once it is committed. */
export const dueOfNew = ({ id, event }: NewDelivery, unwritten?: Unwritten): DueDelivery => ({
  id,
  eventId: event.eventId,
  sessionId: event.sessionId,
  body: event.body,
  attempts: 0,
  tries: 0,
  dueAt: event.createdAt.getTime(),
  ...(unwritten === undefined ? {} : { unwritten }),
});

/** Longest waiting first; those that are under way left out. */
export async function readDue(
  from: ReadFrom,
  { nowMs, limit, exceptIds }: { nowMs: number; limit: number; exceptIds: readonly string[] },
): Promise<DueDelivery[]> {
  const { rows } = await sql<DueRow>`
    select ${dueColumns} from delivery
    where webhook_id = ${from.webhookId} and status = 'pending' and not ordered and next_attempt_at <= ${new Date(nowMs)}
      and id <> all(${[...exceptIds]}::text[])
    order by next_attempt_at limit ${limit}`.execute(from.db);
  return withBodies(from, rows);
}

/** In the order of the events, due or not; whole sessions left out. `null` stands for events of no session. */
export async function readInOrder(
  from: ReadFrom,
  { limit, exceptSessions }: { limit: number; exceptSessions: readonly (string | null)[] },
): Promise<DueDelivery[]> {
  const sessions = exceptSessions.map((session) => session ?? '');
  const { rows } = await sql<DueRow>`
    select ${dueColumns} from delivery
    where webhook_id = ${from.webhookId} and status = 'pending' and ordered
      and coalesce(session_id::text, '') <> all(${sessions}::text[])
    order by position limit ${limit}`.execute(from.db);
  return withBodies(from, rows);
}

/** Epoch ms at which something of a webhook without order falls due; undefined when nothing waits. */
export async function nextDueAt(db: SqlExecutor, webhookId: string): Promise<number | undefined> {
  const { rows } = await sql<{ due: Date | null }>`
    select min(next_attempt_at) as due from delivery
    where webhook_id = ${webhookId} and status = 'pending' and not ordered`.execute(db);
  return rows[0]?.due?.getTime();
}

/** One attempt and what it makes of its delivery. */
export interface AttemptResult {
  webhookId: string;
  deliveryId: string;
  /** 1 for the first. */
  number: number;
  tries: number;
  /** When it was due, by which one is known that was sent again meanwhile. */
  dueAtMs: number;
  atMs: number;
  httpStatus: number | null;
  durationMs: number;
  error: string | null;
  sealedExcerpt: Buffer | null;
  status: DeliveryRow['status'];
  /** Of a pending one. */
  nextAttemptAtMs: number | null;
}
const resultColumns = {
  webhook_id: 'text',
  delivery_id: 'text',
  number: 'int4',
  tries: 'int4',
  due_at: 'timestamptz',
  at: 'timestamptz',
  http_status: 'int4',
  duration_ms: 'int4',
  error: 'text',
  sealed_excerpt: 'bytea',
  status: 'text',
  next_attempt_at: 'timestamptz',
} as const;

/**
 * All of them in one statement, which is one transaction. A result of an attempt that somebody else has made too (this process had lost
 * its lease) changes nothing. One that its owner has sent again during an attempt that fails stays due.
 */
export async function recordAttempts(db: SqlExecutor, results: readonly AttemptResult[]): Promise<void> {
  const rows = results.map((result) => ({
    webhook_id: result.webhookId,
    delivery_id: result.deliveryId,
    number: result.number,
    tries: result.tries,
    due_at: new Date(result.dueAtMs),
    at: new Date(result.atMs),
    http_status: result.httpStatus,
    duration_ms: result.durationMs,
    error: result.error,
    sealed_excerpt: result.sealedExcerpt,
    status: result.status,
    next_attempt_at: result.nextAttemptAtMs === null ? null : new Date(result.nextAttemptAtMs),
  }));
  // Looked at when the row is locked: the owner may be at it now.
  const isResent = sql`(result.status <> 'delivered' and delivery.next_attempt_at <> result.due_at)`;
  await sql`
    with result as (select * from ${unnestRows(resultColumns, rows, 'given')}),
    earlier as (
      insert into attempt (webhook_id, delivery_id, number, at, http_status, duration_ms, error, sealed_excerpt)
      select delivery.webhook_id, delivery.id, attempts, attempted_at, delivery.http_status, delivery.duration_ms,
        delivery.error, delivery.sealed_excerpt
      from result join delivery on delivery.webhook_id = result.webhook_id and delivery.id = result.delivery_id
      where result.number > 1 and delivery.status = 'pending' and attempts = result.number - 1
        and attempted_at is not null
      on conflict do nothing
    )
    update delivery set
      status = case when ${isResent} then 'pending' else result.status end,
      attempts = result.number,
      tries = case when ${isResent} then delivery.tries else result.tries end,
      next_attempt_at = case when ${isResent} then delivery.next_attempt_at else result.next_attempt_at end,
      ended_at = case when result.status <> 'pending' and not ${isResent} then result.at + result.duration_ms * interval '1 millisecond' end,
      attempted_at = result.at, http_status = result.http_status,
      duration_ms = result.duration_ms, error = result.error, sealed_excerpt = result.sealed_excerpt
    from result
    where delivery.webhook_id = result.webhook_id and delivery.id = result.delivery_id
      and delivery.status = 'pending' and delivery.attempts = result.number - 1`.execute(db);
}

/** What waits follows the setting of its webhook. */
export async function reorderDeliveries(trx: Database, webhookId: string, ordered: boolean): Promise<void> {
  await trx
    .updateTable('delivery')
    .set({ ordered })
    .where('webhook_id', '=', webhookId)
    .where('status', '=', 'pending')
    .where('ordered', '<>', ordered)
    .execute();
}

/** Their webhooks may have been changed while these were on their way to the table. */
export async function followOrder(db: SqlExecutor, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  const rows = deliveries.map(({ webhookId, id }) => ({ webhook_id: webhookId, id }));
  await sql`
    update delivery set ordered = webhook.ordered
    from ${unnestRows({ webhook_id: 'text', id: 'text' }, rows, 'given')}, webhook
    where delivery.webhook_id = given.webhook_id and delivery.id = given.id and webhook.id = given.webhook_id
      and delivery.status = 'pending' and delivery.ordered <> webhook.ordered`.execute(db);
}
