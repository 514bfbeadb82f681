/** Exports what waits. */
import { type Clock, createFigureWatch, type Logger, type Service } from '@wam/service-kit';
import { type SqlExecutor, sql } from '@wam/service-kit/postgres';
import { disabledWebhooks, failingWebhooks, oldestPending, webhookBacklog } from '../telemetry.ts';

const everyMs = 10_000;
const maxCountedPerWebhook = 10_000;

export interface Backlog {
  due: number;
  /** Of the oldest of them, 0 without any. */
  oldestSeconds: number;
  failing: number;
  disabled: number;
}

/**
 * What is due to receivers that answer. What waits for one that is down is no sign of too few processes, and its owner is told otherwise.
 */
export async function readBacklog(db: SqlExecutor, now: Date): Promise<Backlog> {
  const dueOf = (ordered: boolean) => sql`(
    select next_attempt_at from delivery
    where webhook_id = webhook.id and status = 'pending' and ${ordered ? sql`ordered` : sql`not ordered`}
      and next_attempt_at <= ${now}
    order by ${ordered ? sql`position` : sql`next_attempt_at`} limit ${maxCountedPerWebhook})`;
  const { rows } = await sql<Backlog>`
    select
      count(due.next_attempt_at)::int as due,
      coalesce(extract(epoch from ${now}::timestamptz - min(due.next_attempt_at)), 0)::float8 as "oldestSeconds",
      count(distinct webhook.id) filter (where webhook.status = 'active' and failing_since is not null)::int as failing,
      count(distinct webhook.id) filter (where webhook.status = 'disabled')::int as disabled
    from webhook left join lateral (${dueOf(false)} union all ${dueOf(true)}) as due
      on webhook.status = 'active' and failing_since is null
    where webhook.status = 'active' or (webhook.status = 'disabled' and disabled_reason in ('gone', 'failing'))`.execute(
    db,
  );
  return rows[0]!;
}

export function createBacklogWatch({ db, clock, logger }: { db: SqlExecutor; clock: Clock; logger: Logger }): Service {
  return createFigureWatch<Backlog>({
    name: 'webhook backlog watch',
    everyMs,
    read: () => readBacklog(db, new Date(clock.now())),
    onFailure: (error) => logger.warn({ err: error }, 'webhook backlog not counted; its metrics are missing meanwhile'),
    gauges: [
      [webhookBacklog, ({ due }) => due],
      [oldestPending, ({ oldestSeconds }) => oldestSeconds],
      [failingWebhooks, ({ failing }) => failing],
      [disabledWebhooks, ({ disabled }) => disabled],
    ],
    clock,
  });
}
