/**
 * Who delivers to which webhook. A webhook is served by one process at a time, which therefore alone keeps its order, its limit and its
 * breaker. Leases live in the time of the database: clocks of processes differ.
 */
import { type SqlExecutor, sql } from '@wam/service-kit/postgres';
import type { WebhookRow } from '../webhook/webhook-table.ts';

const until = (leaseMs: number) => sql`now() + ${`${leaseMs} milliseconds`}::interval`;

export interface Holder {
  /** Name of the process. */
  owner: string;
  leaseMs: number;
}

/**
 * Takes webhooks that nobody serves and that have something due.
 * @param only look at these alone: something was just put there
 */
export async function claimWebhooks(
  db: SqlExecutor,
  { owner, leaseMs, now, limit, only }: Holder & { now: Date; limit: number; only?: readonly string[] },
): Promise<WebhookRow[]> {
  const { rows } = await sql<WebhookRow>`
    update webhook set leased_by = ${owner}, leased_until = ${until(leaseMs)}
    where id in (
      select id from webhook
      where status = 'active' and (leased_until is null or leased_until < now())
        and ${only === undefined ? sql`true` : sql`id = any(${[...only]}::text[])`}
        and (
          exists (select 1 from delivery where webhook_id = webhook.id and status = 'pending' and not ordered
            and next_attempt_at <= ${now})
          or exists (select 1 from delivery where webhook_id = webhook.id and status = 'pending' and ordered
            and next_attempt_at <= ${now})
        )
      limit ${limit} for update skip locked
    )
    returning *`.execute(db);
  return rows;
}

/**
 * One whose row is locked, as by a long change of its owner's, is passed over: it would hold up the leases of all others.
 * @returns those that are renewed, as they are now, and which of the others are lost
 */
export async function renewLeases(
  db: SqlExecutor,
  { owner, leaseMs }: Holder,
  ids: readonly string[],
): Promise<{ renewed: WebhookRow[]; lost: string[] }> {
  const held = (among: readonly string[]) =>
    sql`select id from webhook where id = any(${[...among]}::text[]) and leased_by = ${owner} and status = 'active'`;
  const { rows: renewed } = await sql<WebhookRow>`
    update webhook set leased_until = ${until(leaseMs)}
    where id in (${held(ids)} for update skip locked)
    returning *`.execute(db);
  if (renewed.length === ids.length) return { renewed, lost: [] };
  const known = new Set(renewed.map(({ id }) => id));
  const others = ids.filter((id) => !known.has(id));
  const { rows: locked } = await sql<{ id: string }>`${held(others)}`.execute(db);
  const kept = new Set(locked.map(({ id }) => id));
  return { renewed, lost: others.filter((id) => !kept.has(id)) };
}

export async function releaseLeases(db: SqlExecutor, owner: string, ids: readonly string[]): Promise<void> {
  await sql`
    update webhook set leased_by = null, leased_until = null
    where id = any(${[...ids]}::text[]) and leased_by = ${owner}`.execute(db);
}
