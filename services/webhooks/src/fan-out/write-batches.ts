/** Open batches into the table: rows, sessions and checkpoint in one transaction. */
import { advanceCheckpoint, CheckpointDiverged } from '@wam/event-store';
import { inTransaction, type Kysely, sql } from '@wam/service-kit/postgres';
import { type AttemptResult, copyDeliveries, followOrder } from '../delivery/delivery-table.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import { attemptCommitted } from '../telemetry.ts';
import { type DisableDeps, disableWebhooks, enableAfterPlanChange } from '../webhook/disable-webhook.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import type { OpenBatch } from './open-batches.ts';
import { saveChanges } from './session-book.ts';

export const checkpointName = 'webhooks';

export interface WriteBatchesDeps extends DisableDeps {
  seals: WebhookSeals;
}

/** Another process has fanned out, or this one and was not told: what is open here is read again, or is in the table. */
export class Overtaken extends Error {}

/**
 * @param db whose transactions need not be on disk when they commit
 * @throws Overtaken, or CheckpointDiverged when the checkpoint is of another log: nothing is written
 */
export async function writeBatches(
  db: Kysely<WebhooksTables>,
  batches: readonly OpenBatch[],
  { incarnation, ...deps }: WriteBatchesDeps & { incarnation: string },
): Promise<void> {
  const [first, last] = [batches[0], batches.at(-1)];
  if (first === undefined || last === undefined) return;
  const deliveries = batches.flatMap((batch) => batch.deliveries);
  const outcomeOf = (id: string): AttemptResult | undefined => {
    for (const { unwritten } of batches) {
      const outcome = unwritten.outcomes.get(id);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  };
  await inTransaction(db, async (trx) => {
    // Rows and checkpoint are there together or not at all, and what a crash of the server takes is in the log still. An event of ours is not.
    if (batches.some(({ plans }) => plans.size > 0)) await sql`set local synchronous_commit = on`.execute(trx);
    const moved = await advanceCheckpoint(trx, checkpointName, {
      incarnation,
      fromSeq: first.fromSeq,
      toSeq: last.toSeq,
    });
    if (moved === 'mismatch') throw new CheckpointDiverged(checkpointName, 'cannot be moved');
    if (moved !== 'ok') throw new Overtaken(`checkpoint ${checkpointName}: ${moved}`);
    await copyDeliveries(trx, deliveries, {
      sealBody: ({ tenant, eventId, body }) => deps.seals.sealBody(tenant, eventId, body),
      outcomeOf,
    });
    for (const { sessions, plans } of batches) {
      await saveChanges(trx, sessions);
      for (const [tenant, hasWebhooks] of plans) {
        if (hasWebhooks) await enableAfterPlanChange(trx, tenant, deps);
        else await disableWebhooks(trx, { tenant }, 'plan', deps);
      }
    }
  });
  for (const { unwritten } of batches) for (const { status } of unwritten.outcomes.values()) attemptCommitted(status);
  await followOrder(
    db,
    deliveries.filter(({ id }) => (outcomeOf(id)?.status ?? 'pending') === 'pending'),
  );
}
