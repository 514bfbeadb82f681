import { sql } from '@wam/service-kit/postgres';
import type { EngineDatabase } from './tables.ts';

/** The number is in the place of every session: it stays what it was at the first start. @throws when it is another one now */
export async function agreeOnPartitions(db: EngineDatabase, partitionCount: number): Promise<void> {
  await sql`insert into installation (partition_count) values (${partitionCount}) on conflict do nothing`.execute(db);
  const { partition_count: fixed } = await db
    .selectFrom('installation')
    .select('partition_count')
    .executeTakeFirstOrThrow();
  if (fixed !== partitionCount)
    throw new Error(
      `PARTITION_COUNT is ${partitionCount}, and ${fixed} since this installation first started: set it to ${fixed}`,
    );
}
