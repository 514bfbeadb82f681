/** Open batches into the table: rows, sessions and checkpoint in one transaction. */
import { advanceCheckpoint, CheckpointDiverged } from '@wam/event-store';
import { inTransaction, type Kysely, sql } from '@wam/service-kit/postgres';
import { copyDeliveries } from '../delivery/copy-deliveries.ts';
import { followOrder } from '../delivery/delivery-table.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import { attemptsCommitted } from '../telemetry.ts';
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
  const outcomes = batches.flatMap((batch) => batch.deliveries.map(({ id }) => batch.unwritten.outcomes.get(id)));
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
    await copyDeliveries(trx, deliveries, { seals: deps.seals, newId: deps.newId, outcomes });
    for (const { sessions, plans } of batches) {
      await saveChanges(trx, sessions);
      for (const [tenant, hasWebhooks] of plans) {
        if (hasWebhooks) await enableAfterPlanChange(trx, tenant, deps);
        else await disableWebhooks(trx, { tenant }, 'plan', deps);
      }
    }
  });
  for (const [status, ended] of Map.groupBy(outcomes, (outcome) => outcome?.status))
    if (status !== undefined) attemptsCommitted(status, ended.length);
  await followOrder(
    db,
    deliveries.filter((_, index) => (outcomes[index]?.status ?? 'pending') === 'pending'),
  );
}
