/** Webhooks that are switched off by the platform, and the event that says so. */
import { subjects, type WebhookDisabledReason, type WebhookEvent } from '@wam/contracts';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';

export interface DisableDeps {
  now: () => Date;
  newId: () => string;
}
type Database = Kysely<WebhooksTables>;

/**
 * In the caller's transaction. Those that are not active or paused stay as they are, and so does one that another process serves by now, that has
 * another receiver by now, or that its owner has given a new record.
 * @returns how many
 */
export async function disableWebhooks(
  trx: Database,
  which: { id: string; url: string; leasedBy: string } | { tenant: string },
  reason: WebhookDisabledReason,
  { now, newId }: DisableDeps,
): Promise<number> {
  const update = trx
    .updateTable('webhook')
    .set({ status: 'disabled', disabled_reason: reason, updated_at: now() })
    .set((of) => ({ revision: of('revision', '+', 1), was_paused: sql<boolean>`status = 'paused'` }))
    .where('status', 'in', ['active', 'paused']);
  const ofRun = (known: { id: string; url: string; leasedBy: string }) =>
    update.where('id', '=', known.id).where('url', '=', known.url).where('leased_by', '=', known.leasedBy);
  const those = 'id' in which ? ofRun(which) : update.where('tenant', '=', which.tenant);
  const disabled = await (reason === 'failing' ? those.where('failing_since', 'is not', null) : those)
    .returning(['id', 'tenant', 'failing_since'])
    .execute();
  for (const { id, tenant, failing_since: since } of disabled) {
    const eventId = `evt_${newId()}`;
    const event: WebhookEvent = {
      id: eventId,
      type: 'WebhookDisabled',
      v: 1,
      version: 0,
      tenant,
      at: now().toISOString(),
      correlationId: eventId,
      causationId: eventId,
      data: { webhookId: id, reason, ...(since === null ? {} : { failingSince: since.toISOString() }) },
    };
    await trx
      .insertInto('outbox')
      .values({
        event_id: eventId,
        subject: subjects.event('webhook', tenant, id),
        type: event.type,
        event: JSON.stringify(event),
      })
      .execute();
  }
  return disabled.length;
}

/** The plan has webhooks again: those that it switched off are on, or paused as they were. */
export async function enableAfterPlanChange(trx: Database, tenant: string, { now }: DisableDeps): Promise<void> {
  await trx
    .updateTable('webhook')
    .set({ disabled_reason: null, failing_since: null, updated_at: now() })
    .set((of) => ({
      revision: of('revision', '+', 1),
      status: sql<'active' | 'paused'>`case when was_paused then 'paused' else 'active' end`,
    }))
    .where('tenant', '=', tenant)
    .where('status', '=', 'disabled')
    .where('disabled_reason', '=', 'plan')
    .execute();
}
