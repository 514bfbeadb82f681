import type { Principal, WebhookView } from '@wam/contracts';
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';

type Database = Kysely<WebhooksTables>;
export type WebhookRow = Selectable<WebhooksTables['webhook']>;
export type WebhookChange = Omit<Updateable<WebhooksTables['webhook']>, 'id' | 'tenant' | 'revision'>;
/** Whose webhooks are meant. A test key sees those made with test keys only. */
export type Scope = Pick<Principal, 'tenant' | 'mode'>;

const visible = (db: Database, { tenant, mode }: Scope) => {
  const all = db.selectFrom('webhook').selectAll().where('tenant', '=', tenant).where('status', '<>', 'deleted');
  return mode === 'test' ? all.where('mode', '=', 'test') : all;
};

/** Oldest first. */
export const readWebhooks = (db: Database, scope: Scope): Promise<WebhookRow[]> =>
  visible(db, scope).orderBy('id').execute();

export const findWebhook = (db: Database, scope: Scope, id: string): Promise<WebhookRow | undefined> =>
  visible(db, scope).where('id', '=', id).executeTakeFirst();

/** Two requests at the same moment must not both make the last one that the plan allows. Ends with the transaction. */
export const lockAccount = (trx: Database, tenant: string): Promise<unknown> =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks ${tenant}`}, 0))`.execute(trx);

export async function insertWebhook(db: Database, row: Insertable<WebhooksTables['webhook']>): Promise<void> {
  await db.insertInto('webhook').values(row).execute();
}

/** @returns the row as it is now, undefined when the account has none of this id */
export function updateWebhook(
  db: Database,
  { tenant, mode }: Scope,
  id: string,
  change: WebhookChange,
): Promise<WebhookRow | undefined> {
  const update = db
    .updateTable('webhook')
    .set(change)
    .set((of) => ({ revision: of('revision', '+', 1) }))
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .where('status', '<>', 'deleted');
  return (mode === 'test' ? update.where('mode', '=', 'test') : update).returningAll().executeTakeFirst();
}

export function viewOf(row: WebhookRow, nowMs: number): WebhookView {
  const { previous_secret_until: until } = row;
  return {
    webhookId: row.id,
    url: row.url,
    description: row.description,
    eventTypes: row.event_types,
    sessionId: row.session_id,
    ordered: row.ordered,
    headerNames: row.header_names,
    mode: row.mode,
    status: row.status as WebhookView['status'],
    disabledReason: row.disabled_reason,
    failingSince: row.failing_since?.toISOString() ?? null,
    previousSecretExpiresAt: until !== null && until.getTime() > nowMs ? until.toISOString() : null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
