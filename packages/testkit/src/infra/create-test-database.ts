import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

/** An empty database that belongs to one suite. */
export type TestDatabase = AsyncDisposable & {
  readonly url: string;
  /**
   * As a role that owns the schema and what is in it now, with a role for the requests of one tenant beside it, as `wam database credentials` makes
   * them: row-level security is in force. Both go with the database.
   */
  readonly asRole: (schema: string) => Promise<string>;
  /** Closes every connection to it and deletes it. */
  readonly drop: () => Promise<void>;
};

/**
 * Makes a fresh, empty database on the run's Postgres (about 30 ms).
 *
 * @throws in a `.spec.ts`: only `.int.spec.ts` and `.e2e.spec.ts` runs have a Postgres.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  if (serverUrl === undefined)
    throw new Error('this run has no Postgres: name the file *.int.spec.ts or *.e2e.spec.ts');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runOnce(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const role = `${name}_role`;
  let roles = 0;
  const asRole = async (schema: string): Promise<string> => {
    if (roles++ === 0)
      await runOnce(
        url.href,
        `CREATE ROLE ${role} LOGIN PASSWORD '${role}'; CREATE ROLE ${role}_tenant; GRANT ${role}_tenant TO ${role}`,
      );
    await runOnce(
      url.href,
      `CREATE SCHEMA IF NOT EXISTS ${schema};
      ALTER SCHEMA ${schema} OWNER TO ${role};
      DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT oid::regclass FROM pg_class WHERE relnamespace = '${schema}'::regnamespace AND relkind IN ('r', 'p')
        LOOP EXECUTE format('ALTER TABLE %s OWNER TO ${role}', name); END LOOP;
      END $$;
      GRANT USAGE ON SCHEMA ${schema} TO ${role}_tenant;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}_tenant;
      ALTER DEFAULT PRIVILEGES FOR ROLE ${role} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role}_tenant`,
    );
    return Object.assign(new URL(url), { username: role, password: role }).href;
  };
  const drop = async (): Promise<void> => {
    await runOnce(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    if (roles > 0) await runOnce(serverUrl, `DROP ROLE ${role}_tenant, ${role}`);
    roles = 0;
  };
  return { url: url.href, asRole, drop, [Symbol.asyncDispose]: drop };
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
