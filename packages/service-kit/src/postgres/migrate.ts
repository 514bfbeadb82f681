import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

export type { Migration } from 'kysely/migration';

export interface MigrateOptions {
  schema: string;
  /** Run in the order of their names; name them `0001-create-accounts` and never rename or edit one that was released. */
  migrations: Readonly<Record<string, Migration>>;
  /** The last one to run; all of them by default. */
  to?: string;
}

/**
 * Brings the schema up to date, creating it first. Processes that start together take turns (Kysely's advisory lock); each schema has
 * its own migration tables. Every migration runs in one transaction with the others: all or nothing.
 * @returns the names of the migrations that ran now
 * @throws what the failing migration threw
 */
export async function migrate<DB>(db: Kysely<DB>, options: MigrateOptions): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...options.migrations }) },
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
