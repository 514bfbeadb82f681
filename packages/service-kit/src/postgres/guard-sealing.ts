/**
 * Keeps a service from starting on data it cannot open. Each schema holds a mark, an envelope sealed like everything else; it is sealed
 * anew only when nothing is left under an earlier key ({@link resealAll}).
 */
import { type Kysely, sql } from 'kysely';
import { ConfigError } from '../config.ts';
import { type SealContext, SealError, type Sealer } from '../sealing.ts';
import type { SqlExecutor } from './database.ts';
import { type MigrateOptions, migrate } from './migrate.ts';

const contextOf = (schema: string): SealContext => ({ tenant: 'platform', purpose: 'kek-mark', id: schema });
const content = 'sealed';

export async function hasMark(db: SqlExecutor, schema: string): Promise<boolean> {
  const table = sql<{ found: boolean }>`select to_regclass(${`${schema}.kek_mark`}) is not null as found`;
  return (await table.execute(db)).rows[0]?.found === true;
}
async function readMark(db: SqlExecutor, schema: string): Promise<Buffer | undefined> {
  if (!(await hasMark(db, schema))) return undefined;
  return (await sql<{ sealed: Buffer }>`select sealed from kek_mark`.execute(db)).rows[0]?.sealed;
}

/** @throws ConfigError when the data of this schema is sealed under a key that is not given */
export async function checkSealing(db: SqlExecutor, schema: string, sealer: Sealer): Promise<void> {
  const mark = await readMark(db, schema);
  if (mark === undefined) return;
  try {
    sealer.open(contextOf(schema), mark);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new ConfigError([
      {
        variable: 'WAM_KEK',
        problem: `does not open the data of schema ${schema}, which was left as it is`,
        expected: 'the key it is sealed under; while it is replaced, the other one in WAM_OTHER_KEKS',
      },
    ]);
  }
}

export async function createMarkTable(db: SqlExecutor): Promise<void> {
  await sql`create table if not exists kek_mark (
    one boolean primary key default true check (one),
    sealed bytea not null)`.execute(db);
}

/** Seals the mark with the current key. */
export async function markSealing(db: SqlExecutor, schema: string, sealer: Sealer): Promise<void> {
  await sql`insert into kek_mark (sealed) values (${sealer.seal(contextOf(schema), content)})
    on conflict (one) do update set sealed = excluded.sealed`.execute(db);
}

/** As {@link migrate}, on data that can be opened only. Nothing is touched when it cannot. @throws ConfigError */
export async function migrateSealed<DB>(
  db: Kysely<DB>,
  { sealer, ...options }: MigrateOptions & { sealer: Sealer },
): Promise<void> {
  const { schema } = options;
  await checkSealing(db, schema, sealer);
  await migrate(db, options);
  await db.transaction().execute(async (trx) => {
    // Processes that start together would create it twice.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`kek_mark ${schema}`}, 0))`.execute(trx);
    await createMarkTable(trx);
    if ((await readMark(trx, schema)) === undefined) await markSealing(trx, schema, sealer);
  });
}
