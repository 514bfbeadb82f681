/** What `wam doctor` looks at in Postgres. */
import { messageSealPurpose } from '@wam/contracts';
import { ConfigError, configuredSealer, type Secret } from '@wam/service-kit';
import { checkSealing, createDatabase, type Kysely, sql } from '@wam/service-kit/postgres';
import { schemaOfTarget } from '../database-roles.ts';
import { type Finding, fault, ok, warning } from './finding.ts';

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
    const findings = [version(known), skew(known), wall(known)];
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
}
async function facts(db: Database): Promise<Facts> {
  const startedMs = Date.now();
  const { rows } = await sql<{ version: string; super: boolean; now: Date }>`
    select current_setting('server_version_num') as version, clock_timestamp() as now,
      (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as super`.execute(db);
  const row = rows[0]!;
  return {
    versionNumber: Number(row.version),
    isSuperuser: row.super,
    nowMs: row.now.getTime(),
    askedAtMs: (startedMs + Date.now()) / 2,
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

/** Whether the service has made its schema, and WAM_KEK opens what is in it. */
async function schemaFinding(db: Database, schema: string, settings: DatabaseSettings): Promise<Finding> {
  const about = `schema ${schema}`;
  const found = await sql<{ migrated: boolean }>`
    select to_regclass(${`${schema}.kysely_migration`}) is not null as migrated`.execute(db);
  if (!found.rows[0]?.migrated)
    return warning(about, 'is empty: its service has never started', 'start it; it makes its tables itself');
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
