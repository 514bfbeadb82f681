/** What waits to be sent, and what became of it. */
import { type Kysely, type Selectable, type SqlExecutor, sql, unnestRows } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';

type Database = Kysely<WebhooksTables>;
export type DeliveryRow = Selectable<WebhooksTables['delivery']>;

export interface NewDelivery {
  webhookId: string;
  id: string;
  tenant: string;
  eventId: string;
  type: string;
  sessionId: string | null;
  sealedBody: Buffer;
  /** What is sealed in it, for who sends it at once. */
  body: string;
  ordered: boolean;
  createdAt: Date;
}
const columns = {
  webhook_id: 'text',
  id: 'text',
  tenant: 'uuid',
  event_id: 'text',
  type: 'text',
  session_id: 'uuid',
  sealed_body: 'bytea',
  ordered: 'bool',
  created_at: 'timestamptz',
} as const;

/** In the order in which they are to be sent. */
export async function insertDeliveries(trx: SqlExecutor, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  const rows = deliveries.map((delivery) => ({
    webhook_id: delivery.webhookId,
    id: delivery.id,
    tenant: delivery.tenant,
    event_id: delivery.eventId,
    type: delivery.type,
    session_id: delivery.sessionId,
    sealed_body: delivery.sealedBody,
    ordered: delivery.ordered,
    created_at: delivery.createdAt,
  }));
  const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
  await sql`
    insert into delivery (${names}, status, next_attempt_at)
    select ${names}, 'pending', created_at from ${unnestRows(columns, rows)}`.execute(trx);
}

/** A delivery that waits, as who delivers it needs it. */
export interface DueDelivery {
  id: string;
  eventId: string;
  sessionId: string | null;
  /** Open where this process has just written it, sealed where it was read. */
  body: string | Buffer;
  attempts: number;
  tries: number;
  /** Epoch ms. */
  dueAt: number;
}
type DueRow = Pick<DeliveryRow, 'id' | 'event_id' | 'session_id' | 'sealed_body' | 'attempts' | 'tries'> & {
  next_attempt_at: Date;
};
const dueColumns = sql.raw('id, event_id, session_id, sealed_body, attempts, tries, next_attempt_at');
const dueOf = (row: DueRow): DueDelivery => ({
  id: row.id,
  eventId: row.event_id,
  sessionId: row.session_id,
  body: row.sealed_body,
  attempts: row.attempts,
  tries: row.tries,
  dueAt: row.next_attempt_at.getTime(),
});

/** As it would be read now that it is committed. */
export const dueOfNew = ({ id, eventId, sessionId, body, createdAt }: NewDelivery): DueDelivery => ({
  id,
  eventId,
  sessionId,
  body,
  attempts: 0,
  tries: 0,
  dueAt: createdAt.getTime(),
});

/** Longest waiting first; those that are under way left out. */
export async function readDue(
  db: SqlExecutor,
  webhookId: string,
  { nowMs, limit, exceptIds }: { nowMs: number; limit: number; exceptIds: readonly string[] },
): Promise<DueDelivery[]> {
  const { rows } = await sql<DueRow>`
    select ${dueColumns} from delivery
    where webhook_id = ${webhookId} and status = 'pending' and not ordered and next_attempt_at <= ${new Date(nowMs)}
      and id <> all(${[...exceptIds]}::text[])
    order by next_attempt_at limit ${limit}`.execute(db);
  return rows.map(dueOf);
}

/** In the order of the events, due or not; whole sessions left out. `null` stands for events of no session. */
export async function readInOrder(
  db: SqlExecutor,
  webhookId: string,
  { limit, exceptSessions }: { limit: number; exceptSessions: readonly (string | null)[] },
): Promise<DueDelivery[]> {
  const sessions = exceptSessions.map((session) => session ?? '');
  const { rows } = await sql<DueRow>`
    select ${dueColumns} from delivery
    where webhook_id = ${webhookId} and status = 'pending' and ordered
      and coalesce(session_id::text, '') <> all(${sessions}::text[])
    order by position limit ${limit}`.execute(db);
  return rows.map(dueOf);
}

/** Epoch ms at which something of it falls due; undefined when nothing waits. */
export async function nextDueAt(db: SqlExecutor, webhookId: string): Promise<number | undefined> {
  const { rows } = await sql<{ due: Date | null }>`
    select least(
      (select min(next_attempt_at) from delivery where webhook_id = ${webhookId} and status = 'pending' and not ordered),
      (select min(next_attempt_at) from delivery where webhook_id = ${webhookId} and status = 'pending' and ordered)
    ) as due`.execute(db);
  return rows[0]?.due?.getTime();
}

/** One attempt and what it makes of its delivery. */
export interface AttemptResult {
  webhookId: string;
  deliveryId: string;
  /** 1 for the first. */
  number: number;
  tries: number;
  at: Date;
  httpStatus: number | null;
  durationMs: number;
  error: string | null;
  sealedExcerpt: Buffer | null;
  status: DeliveryRow['status'];
  /** Of a pending one. */
  nextAttemptAt: Date | null;
}
const resultColumns = {
  webhook_id: 'text',
  delivery_id: 'text',
  number: 'int4',
  tries: 'int4',
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
 * its lease) changes nothing.
 */
export async function recordAttempts(db: SqlExecutor, results: readonly AttemptResult[]): Promise<void> {
  const rows = results.map((result) => ({
    webhook_id: result.webhookId,
    delivery_id: result.deliveryId,
    number: result.number,
    tries: result.tries,
    at: result.at,
    http_status: result.httpStatus,
    duration_ms: result.durationMs,
    error: result.error,
    sealed_excerpt: result.sealedExcerpt,
    status: result.status,
    next_attempt_at: result.nextAttemptAt,
  }));
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
      status = result.status, attempts = result.number, tries = result.tries, next_attempt_at = result.next_attempt_at,
      ended_at = case when result.status <> 'pending' then result.at + result.duration_ms * interval '1 millisecond' end,
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
