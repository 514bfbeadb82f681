/** One row, once retention has dropped anything: the archive is whole from `kept_from` on. */
import { type Kysely, sql } from '@wam/service-kit/postgres';

export interface RetentionTable {
  kept_from: Date;
  /** Everything older is gone; false while it goes. */
  is_applied: boolean;
}
export interface Retention {
  keptFrom: Date;
  isApplied: boolean;
}

export async function readRetention<DB>(db: Kysely<DB>): Promise<Retention | undefined> {
  const { rows } = await sql<Retention>`
    select kept_from as "keptFrom", is_applied as "isApplied" from retention`.execute(db);
  return rows[0];
}

/** Never moves back: what is dropped stays dropped. */
export async function moveRetention<DB>(db: Kysely<DB>, keptFrom: Date): Promise<void> {
  await sql`insert into retention (only_row, kept_from) values (true, ${keptFrom})
    on conflict (only_row) do update set is_applied = false,
      kept_from = greatest(retention.kept_from, excluded.kept_from)`.execute(db);
}

export async function finishRetention<DB>(db: Kysely<DB>, keptFrom: Date): Promise<void> {
  await sql`update retention set is_applied = true where kept_from = ${keptFrom}`.execute(db);
}
