import { busHeaders, subjects } from '@wam/contracts';
import { tracedEvent } from '@wam/service-kit';
import { sql } from 'kysely';
import type { DispatchDeps } from './step-lane.ts';

const batchSize = 200;
/** Of this service only; any number that no other lock of it uses. */
const relayLock = 7_301_001;
const publishTimeoutMs = 5000;

/**
 * Stores the events that are due in the log, in their order, then notes it. After a crash in between an event is published again under the
 * same id, which every reader knows. One process at a time, so that no event of a campaign overtakes another.
 */
export async function relayEvents({
  database,
  publisher,
}: Pick<DispatchDeps, 'database' | 'publisher'>): Promise<void> {
  let published = batchSize;
  while (published === batchSize) published = await relayBatch(database, publisher);
}

function relayBatch(database: DispatchDeps['database'], publisher: DispatchDeps['publisher']): Promise<number> {
  return database.transaction().execute(async (tx) => {
    const { rows } = await sql<{ ours: boolean }>`select pg_try_advisory_xact_lock(${relayLock}) as ours`.execute(tx);
    if (rows[0]?.ours !== true) return 0;
    const due = await tx
      .selectFrom('campaign_event')
      .selectAll()
      .select((of) =>
        of
          .selectFrom('campaign_sender')
          .innerJoin('session_lane', 'session_lane.session_id', 'campaign_sender.session_id')
          .select('session_lane.network')
          .whereRef('campaign_sender.campaign_id', '=', 'campaign_event.campaign_id')
          .limit(1)
          .as('network'),
      )
      .where('published', '=', false)
      .orderBy('campaign_id')
      .orderBy('version')
      .limit(batchSize)
      .execute();
    for (const {
      campaign_id: campaignId,
      version,
      tenant,
      type,
      data,
      at,
      correlation_id: correlationId,
      network,
    } of due) {
      const event = {
        id: `${campaignId}-${version}`,
        type,
        v: 1,
        version,
        tenant,
        at: at.toISOString(),
        correlationId,
        causationId: correlationId,
        data,
      };
      await tracedEvent(event, () =>
        publisher.publish(subjects.event('campaign', tenant, campaignId), JSON.stringify(event), {
          msgId: event.id,
          headers: { [busHeaders.type]: type, ...(network === null ? {} : { [busHeaders.network]: network }) },
          timeoutMs: publishTimeoutMs,
        }),
      );
      await tx
        .updateTable('campaign_event')
        .set({ published: true })
        .where('campaign_id', '=', campaignId)
        .where('version', '=', version)
        .execute();
    }
    return due.length;
  });
}
