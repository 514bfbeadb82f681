import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

export type { Migration } from 'kysely/migration';

export interface MigrateOptions {
  schema: string;
  /** Run in the order of their names; name them `0001-create-accounts` and never rename or edit one that was released. */
  migrations: Readonly<Record<string, Migration>>;
  /** The last one to run; all of them by default. */
  to?: string;
}

/** The name of a migration that takes away or changes what the release before still uses; that one refuses to run on it. */
const contracting = /^\d+-contract-/;

/** Migrations of a later release that ran here: this one runs on their tables, as a way back, unless they took something away. */
async function laterMigrations<DB>(db: Kysely<DB>, { schema, migrations }: MigrateOptions): Promise<string[]> {
  const table = await sql<{ found: boolean }>`
    select to_regclass(${`${schema}.kysely_migration`}) is not null as found`.execute(db);
  if (!table.rows[0]?.found) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.id(schema, 'kysely_migration')}`.execute(db);
  const newest = Object.keys(migrations).sort().at(-1) ?? '';
  const later = rows.map(({ name }) => name).filter((name) => !Object.hasOwn(migrations, name) && name > newest);
  const barrier = later.find((name) => contracting.test(name));
  if (barrier !== undefined)
    throw new Error(`schema ${schema} is of a later release that this one cannot run on (${barrier}): start that one`);
  return later;
}

/**
 * Brings the schema up to date, creating it first. Processes that start together take turns (Kysely's advisory lock); each schema has
 * its own migration tables. Every migration runs in one transaction with the others: all or nothing. Neither it nor who waits for its turn is bound to the
 * time a statement may take otherwise: an index on a large table takes minutes.
 * @returns the names of the migrations that ran now
 * @throws what the failing migration threw
 */
export async function migrate<DB>(db: Kysely<DB>, options: MigrateOptions): Promise<string[]> {
  // Whoever brings a transaction has chosen its times.
  if (db.isTransaction) return migrateOn(db, options);
  return db.connection().execute(async (connection) => {
    await sql`set statement_timeout = 0`.execute(connection);
    try {
      return await migrateOn(connection, options);
    } finally {
      await sql`reset statement_timeout`.execute(connection);
    }
  });
}

async function migrateOn<DB>(db: Kysely<DB>, options: MigrateOptions): Promise<string[]> {
  const done = await laterMigrations(db, options);
  const known = Object.fromEntries(done.map((name) => [name, { up: () => Promise.resolve() }]));
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...options.migrations, ...known }) },
    migrationTableSchema: options.schema,
  });
  const { error, results = [] } = await (options.to === undefined
    ? migrator.migrateToLatest()
    : migrator.migrateTo(options.to));
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error')?.migrationName;
    throw new Error(`migration of schema ${options.schema} failed${failed ? ` at ${failed}` : ''}`, { cause: error });
  }
  return results.map((result) => result.migrationName);
}
