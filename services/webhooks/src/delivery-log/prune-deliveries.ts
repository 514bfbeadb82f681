/** Forgets deliveries that are older than the log keeps them, and everything of webhooks that were deleted. */
import { type Clock, defineService, type Logger, type Service } from '@wam/service-kit';
import { type Kysely, type Selectable, sql } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';

const intervalMs = 10 * 60_000;
/** Rows a statement: none holds locks for long. */
const batch = 5_000;
const pageBatch = 200;

export interface PruneDeps {
  db: Kysely<WebhooksTables>;
  clock: Clock;
  retentionMs: number;
  logger: Logger;
}

export async function pruneDeliveries({ db, clock, retentionMs }: Omit<PruneDeps, 'logger'>): Promise<void> {
  const before = new Date(clock.now() - retentionMs);
  for (const { id, status } of await readPrunable(db, before)) {
    const isDeleted = status === 'deleted';
    let pruned = 0;
    do pruned = await pruneOne(db, id, isDeleted ? undefined : before);
    while (pruned === batch);
    // Events that were fanned out when it was there may still be written.
    if (isDeleted)
      await db
        .deleteFrom('webhook')
        .where('id', '=', id)
        .where('updated_at', '<', new Date(clock.now() - intervalMs))
        .execute();
  }
  // None is older than a delivery that it holds the body of.
  while ((await prunePages(db, before)) === pageBatch);
}

/** One look for each: most have nothing that old. */
async function readPrunable(
  db: Kysely<WebhooksTables>,
  before: Date,
): Promise<Pick<Selectable<WebhooksTables['webhook']>, 'id' | 'status'>[]> {
  return db
    .selectFrom('webhook')
    .select(['id', 'status'])
    .where((is) =>
      is.or([
        is('status', '=', 'deleted'),
        sql<boolean>`(select created_at from delivery where webhook_id = webhook.id order by id limit 1) < ${before}`,
      ]),
    )
    .execute();
}

/** Oldest first along the primary key: ids are ordered by time. */
async function pruneOne(db: Kysely<WebhooksTables>, webhookId: string, before: Date | undefined): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with old as (
      select id from (
        select id, created_at from delivery where webhook_id = ${webhookId} order by id limit ${batch}
      ) as first
      ${before === undefined ? sql`` : sql`where created_at < ${before}`}
    ),
    attempts as (delete from attempt using old where attempt.webhook_id = ${webhookId} and delivery_id = old.id),
    gone as (delete from delivery using old where delivery.webhook_id = ${webhookId} and delivery.id = old.id returning 1)
    select count(*)::int as count from gone`.execute(db);
  return rows[0]?.count ?? 0;
}

async function prunePages(db: Kysely<WebhooksTables>, before: Date): Promise<number> {
  const old = db.selectFrom('body_page').select('id').where('created_at', '<', before).limit(pageBatch);
  const { numDeletedRows } = await db.deleteFrom('body_page').where('id', 'in', old).executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

export function createPruner({ logger, ...deps }: PruneDeps): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pruneDeliveries(deps).catch((error: unknown) =>
        logger.warn({ err: error }, 'old deliveries not removed yet'),
      );
      await deps.clock.sleep(intervalMs, stopping.signal).catch(() => undefined);
    }
  }
  return defineService({
    name: 'delivery log',
    async start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => ({ ready: true }),
  });
}
