import { type SqlExecutor, sql } from '@wam/service-kit/postgres';

/** Tables of the schema that whoever does not own them sees as a whole, in order; those of the migrator left out. */
export async function tablesWithoutWall(db: SqlExecutor, schema: string): Promise<string[]> {
  const { rows } = await sql<{ relname: string }>`
    select relname from pg_class where relnamespace = ${schema}::regnamespace and relkind in ('r', 'p')
      and not relrowsecurity and relname not like 'kysely_%' order by relname`.execute(db);
  return rows.map(({ relname }) => relname);
}

type Condition = ReturnType<typeof sql<boolean>>;
/** Rows of a table that this database shows, by whose they are. */
export async function countByOwner(
  db: SqlExecutor,
  table: string,
  { own, foreign }: { own: Condition; foreign: Condition },
): Promise<{ own: number; foreign: number }> {
  const { rows } = await sql<{ own: number; foreign: number }>`
    select count(*) filter (where ${own}) as own, count(*) filter (where ${foreign}) as foreign
    from ${sql.table(table)}`.execute(db);
  return rows[0]!;
}
