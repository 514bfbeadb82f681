import { sql } from '@wam/service-kit/postgres';
import type { EngineDatabase } from '../database/tables.ts';

/**
 * Takes the pool over: whoever raised the epoch last owns it, and every fenced write of an earlier owner is refused. Leases that tell
 * several engines of one pool apart come with partitions; until then a pool has one engine, and the latest wins.
 */
export async function claimPool(db: EngineDatabase, pool: string): Promise<number> {
  const claimed = await db
    .insertInto('pool_fence')
    .values({ pool, epoch: 1, claimed_at: new Date() })
    .onConflict((conflict) =>
      conflict.column('pool').doUpdateSet({ epoch: sql<number>`pool_fence.epoch + 1`, claimed_at: new Date() }),
    )
    .returning('epoch')
    .executeTakeFirstOrThrow();
  return claimed.epoch;
}

const consumerPrefix = (pool: string): string => `${pool}-e`;

/** Name of the command consumer of one owner. Bound to the epoch, so that a late ack of an earlier owner addresses nobody. */
export const consumerOfEpoch = (pool: string, epoch: number): string => `${consumerPrefix(pool)}${epoch}`;

/** Which of the consumers belong to earlier owners of the pool. */
export function supersededConsumers(consumers: readonly string[], pool: string, epoch: number): string[] {
  const prefix = consumerPrefix(pool);
  return consumers.filter((name) => {
    if (!name.startsWith(prefix)) return false;
    const other = Number(name.slice(prefix.length));
    return Number.isInteger(other) && other < epoch;
  });
}
