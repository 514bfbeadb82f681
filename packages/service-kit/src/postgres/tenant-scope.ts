/**
 * Row-level security: the wall behind the `where tenant = …` of every query. A service owns its tables and works on them for every tenant
 * (projections, deliveries, migrations). For the request of one tenant a connection changes into the role `<role of the service>_tenant`, which sees and
 * writes the rows only whose tenant is in the setting `app.tenant`. `wam database credentials` makes both; on a laptop, where everything runs as one
 * superuser, there is no such role and no wall.
 */
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import type { SqlExecutor } from './database.ts';

interface Scopes {
  pool: PostgresPool;
  /** Role for requests; `undefined` when there is none. Asked once. */
  role: Promise<string | undefined> | undefined;
  /** For whom a connection works now. Absent: for every tenant. */
  tenants: WeakMap<PostgresPoolClient, string>;
}
const scopesOf = new WeakMap<object, Scopes>();
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const findRole = `select rolname from pg_roles where rolname = session_user || '_tenant' and pg_has_role(session_user, oid, 'member')`;

async function roleFor(client: PostgresPoolClient, scopes: Scopes): Promise<string | undefined> {
  scopes.role ??= client.query<{ rolname: string }>(findRole, []).then(({ rows }) => rows[0]?.rolname);
  try {
    return await scopes.role;
  } catch (error) {
    scopes.role = undefined;
    throw error;
  }
}

/** Makes the connection work for a tenant, or for all of them. No round trip when it did so the last time. */
async function direct(client: PostgresPoolClient, tenant: string | undefined, scopes: Scopes): Promise<void> {
  if (scopes.tenants.get(client) === tenant) return;
  const role = await roleFor(client, scopes);
  if (role === undefined) return;
  const settings = [tenant === undefined ? 'none' : role, tenant ?? ''];
  await client.query("select set_config('role', $1, false), set_config('app.tenant', $2, false)", settings);
  if (tenant === undefined) scopes.tenants.delete(client);
  else scopes.tenants.set(client, tenant);
}

const poolFor = (scopes: Scopes, tenant: string | undefined): PostgresPool => ({
  async connect() {
    const client = await scopes.pool.connect();
    try {
      await direct(client, tenant, scopes);
    } catch (error) {
      // Whatever it works for now: nobody uses it again.
      (client.release as (error: unknown) => void)(error);
      throw error;
    }
    return client;
  },
  end: () => scopes.pool.end(),
  options: scopes.pool.options,
});

/** Works for every tenant; see {@link databaseOfTenant}. Closing it closes the pool. */
export function databaseOnPool<DB>(pool: PostgresPool): Kysely<DB> {
  const scopes: Scopes = { pool, role: undefined, tenants: new WeakMap() };
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool: poolFor(scopes, undefined) }) });
  scopesOf.set(db, scopes);
  return db;
}

/**
 * The same connections, of which each query and transaction works for this tenant. Costs one round trip when the connection worked for somebody
 * else before, and needs no closing.
 * @param db from `createDatabase`
 */
export function databaseOfTenant<DB>(db: Kysely<DB>, tenant: string): Kysely<DB> {
  const scopes = scopesOf.get(db);
  if (scopes === undefined) throw new Error('not a database of createDatabase');
  if (!uuid.test(tenant)) throw new Error('not a tenant');
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: poolFor(scopes, tenant) }) });
}

/** The tenant of the request, as text. A sub-select: evaluated once per statement, not per row. */
export const requestTenant = sql<string | null>`(select nullif(current_setting('app.tenant', true), ''))`;

/**
 * For migrations: from now on whoever does not own the table sees and writes rows of the tenant in `app.tenant` only, and none without it. Owners are
 * exempt, which is what lets services COPY.
 * @param isOwn condition on a row; default: its column `tenant`, a uuid, is the tenant
 */
export async function protectTenantRows(
  db: SqlExecutor,
  table: string,
  isOwn = sql<boolean>`tenant = ${requestTenant}::uuid`,
): Promise<void> {
  const name = sql.table(table);
  await sql`create policy of_tenant on ${name} using (${isOwn})`.execute(db);
  await sql`alter table ${name} enable row level security`.execute(db);
}

/** For migrations: from now on whoever does not own the table sees and writes nothing of it. For what belongs to no tenant. */
export async function closeToTenants(db: SqlExecutor, table: string): Promise<void> {
  await sql`alter table ${sql.table(table)} enable row level security`.execute(db);
}
