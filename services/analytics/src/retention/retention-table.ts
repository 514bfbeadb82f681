/** One row, once retention has dropped anything: the archive is whole from `kept_from` on. */
import { type Kysely, sql } from '@wam/service-kit/postgres';

export interface RetentionTable {
  kept_from: Date;
}

export async function readRetention<DB>(db: Kysely<DB>): Promise<Date | undefined> {
  const { rows } = await sql<RetentionTable>`select kept_from from retention`.execute(db);
  return rows[0]?.kept_from;
}

/** Never moves back: what is dropped stays dropped. */
export async function moveRetention<DB>(db: Kysely<DB>, keptFrom: Date): Promise<void> {
  await sql`insert into retention (only_row, kept_from) values (true, ${keptFrom})
    on conflict (only_row) do update set kept_from = greatest(retention.kept_from, excluded.kept_from)`.execute(db);
}
