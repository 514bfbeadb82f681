/** What `wam doctor` looks at in Postgres. */
import { messageSealPurpose } from '@wam/contracts';
import { type Clock, ConfigError, configuredSealer, type Secret } from '@wam/service-kit';
import { checkSealing, createDatabase, type Kysely, sql } from '@wam/service-kit/postgres';
import { migrationsOf } from '../../backup/installation.ts';
import { schemaOfTarget } from '../database-roles.ts';
import { type Finding, fault, ok, warning } from './finding.ts';
import { type Connections, judgeClocks, judgeConnections } from './judge-database.ts';
import { judgeMigrations } from './judge-migrations.ts';

export interface DatabaseSettings {
  DATABASE_URL: Secret;
  WAM_KEK: Secret | undefined;
  WAM_OTHER_KEKS: Secret | undefined;
}
type Database = Kysely<unknown>;
const oldestVersion = 15;
const patienceMs = 5_000;

export async function examineDatabase(settings: DatabaseSettings, clock: Clock): Promise<Finding[]> {
  const open = (schema: string): Database =>
    createDatabase({
      url: settings.DATABASE_URL.reveal(),
      schema,
      applicationName: 'wam-doctor',
      max: 1,
      statementTimeoutMs: patienceMs,
    });
  await using db = open('public');
  try {
    const known = await facts(db, clock);
    const { apartMs, ofServer, ofDatabase } = known;
    const findings = [version(known), judgeClocks(apartMs), wall(known), judgeConnections(ofServer, ofDatabase)];
    for (const schema of Object.values(schemaOfTarget)) {
      await using of = open(schema);
      findings.push(await schemaFinding(of, schema, settings));
    }
    return findings;
  } catch (error) {
    return [unreachable(error instanceof Error ? error.message : String(error))];
  }
}

function unreachable(says: string): Finding {
  const remedy = /password|role .* does not exist/i.test(says)
    ? 'set DATABASE_URL_FILE to operator.url (wam database credentials)'
    : 'start Postgres, or correct DATABASE_URL; look at firewalls, network policies and the number of connections';
  return fault('database', says, remedy);
}

interface Facts {
  versionNumber: number;
  isSuperuser: boolean;
  /** The database's clock minus ours. */
  apartMs: number;
  ofServer: Connections;
  ofDatabase: Connections | undefined;
}
async function facts(db: Database, clock: Clock): Promise<Facts> {
  const startedMs = clock.now();
  const { rows } = await sql<{
    version: string;
    super: boolean;
    now: Date;
    taken: number;
    most: number;
    here: number;
    most_here: number;
  }>`
    select (select count(*) from pg_stat_activity where backend_type = 'client backend') as taken,
      (select count(*) from pg_stat_activity where backend_type = 'client backend' and datname = current_database()) as here,
      (select datconnlimit from pg_database where datname = current_database()) as most_here,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most,
      current_setting('server_version_num') as version, clock_timestamp() as now,
      (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as super`.execute(db);
  const row = rows[0]!;
  return {
    versionNumber: Number(row.version),
    isSuperuser: row.super,
    apartMs: row.now.getTime() - (startedMs + clock.now()) / 2,
    ofServer: { taken: row.taken, most: row.most },
    // -1: none.
    ofDatabase: row.most_here < 0 ? undefined : { taken: row.here, most: row.most_here },
  };
}

function version({ versionNumber }: Facts): Finding {
  const major = Math.floor(versionNumber / 10_000);
  return major < oldestVersion
    ? fault('database version', `Postgres ${major}`, `use ${oldestVersion} or newer`)
    : ok('database version', `Postgres ${major}`);
}
function wall({ isSuperuser }: Facts): Finding {
  return isSuperuser
    ? warning(
        'database role',
        'everything connects as one role that row-level security does not bind',
        'give each service its own: wam database credentials',
      )
    : ok('database role', 'no superuser');
}

/** Whether the role may read it, the service has made it, with this release, and WAM_KEK opens what is in it. */
async function schemaFinding(db: Database, schema: string, settings: DatabaseSettings): Promise<Finding> {
  const about = `schema ${schema}`;
  // By the catalogue: whoever may not enter a schema may not ask for its tables by name either.
  const found = await sql<{ migrated: boolean; readable: boolean }>`
    select c.oid is not null as migrated, coalesce(
      has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'), true) as readable
    from (select ${schema}::text as name) as wanted left join pg_namespace n on nspname = wanted.name
      left join pg_class c on c.relnamespace = n.oid and c.relname = 'kysely_migration'`.execute(db);
  if (found.rows[0]?.readable === false)
    return fault(
      about,
      'may not be read by this role',
      'set DATABASE_URL_FILE to operator.url (wam database credentials)',
    );
  if (!found.rows[0]?.migrated)
    return warning(about, 'is empty: its service has never started', 'start it; it makes its tables itself');
  const ran = await sql<{ name: string }>`select name from ${sql.id(schema, 'kysely_migration')} order by name`.execute(
    db,
  );
  const ofOther = judgeMigrations(
    schema,
    ran.rows.map(({ name }) => name),
    Object.keys(migrationsOf.get(schema) ?? {}),
  );
  if (ofOther !== undefined) return ofOther;
  if (settings.WAM_KEK === undefined) return ok(about, 'is there; without WAM_KEK its seals were not looked at');
  const { WAM_KEK, WAM_OTHER_KEKS: others } = settings;
  const keks = { WAM_KEK, ...(others === undefined ? {} : { WAM_OTHER_KEKS: others }) };
  const sealer = configuredSealer(keks, { purposesWithOwnKey: [messageSealPurpose] });
  try {
    await checkSealing(db, schema, sealer);
    return ok(about, 'is there, and WAM_KEK opens it');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return fault(
      about,
      'WAM_KEK does not open what is in it',
      'find the key it was sealed under; while it is replaced, both belong in WAM_KEK and WAM_OTHER_KEKS',
    );
  }
}
