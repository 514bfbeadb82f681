/** What `wam doctor` looks at in Postgres. */
import { messageSealPurpose } from '@wam/contracts';
import { ConfigError, configuredSealer, type Secret } from '@wam/service-kit';
import { checkSealing, createDatabase, type Kysely, sql } from '@wam/service-kit/postgres';
import { migrationsOf } from '../../backup/installation.ts';
import { schemaOfTarget } from '../database-roles.ts';
import { type Finding, fault, ok, warning } from './finding.ts';
import { judgeMigrations } from './judge-migrations.ts';

export interface DatabaseSettings {
  DATABASE_URL: Secret;
  WAM_KEK: Secret | undefined;
  WAM_OTHER_KEKS: Secret | undefined;
}
type Database = Kysely<unknown>;
const oldestVersion = 15;
const patienceMs = 5_000;
const skewWarningMs = 2_000;

export async function examineDatabase(settings: DatabaseSettings): Promise<Finding[]> {
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
    const known = await facts(db);
    const findings = [version(known), skew(known), wall(known), connections(known)];
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
  nowMs: number;
  askedAtMs: number;
  taken: number;
  most: number;
}
async function facts(db: Database): Promise<Facts> {
  const startedMs = Date.now();
  const { rows } = await sql<{ version: string; super: boolean; now: Date; taken: number; most: number }>`
    select (select count(*) from pg_stat_activity where backend_type = 'client backend') as taken,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most,
      current_setting('server_version_num') as version, clock_timestamp() as now,
      (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as super`.execute(db);
  const row = rows[0]!;
  return {
    versionNumber: Number(row.version),
    isSuperuser: row.super,
    nowMs: row.now.getTime(),
    askedAtMs: (startedMs + Date.now()) / 2,
    taken: row.taken,
    most: row.most,
  };
}

function version({ versionNumber }: Facts): Finding {
  const major = Math.floor(versionNumber / 10_000);
  return major < oldestVersion
    ? fault('database version', `Postgres ${major}`, `use ${oldestVersion} or newer`)
    : ok('database version', `Postgres ${major}`);
}
function skew({ nowMs, askedAtMs }: Facts): Finding {
  const apartMs = Math.round(Math.abs(nowMs - askedAtMs));
  return apartMs > skewWarningMs
    ? warning(
        'clocks',
        `this machine and the database are ${apartMs} ms apart`,
        'run a time service (chrony, systemd-timesyncd) on both',
      )
    : ok('clocks', `this machine and the database agree within ${skewWarningMs} ms`);
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

/** Each process keeps some open; a roll starts new ones before it stops the old. */
const mostTaken = 0.9;
function connections({ taken, most }: Facts): Finding {
  const says = `${taken} of ${most} connections of the server are taken`;
  return taken < most * mostTaken
    ? ok('database connections', says)
    : warning(
        'database connections',
        says,
        'raise max_connections, or put a pooler in front (docs/runbooks/DatabaseConnectionsShort.md)',
      );
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
