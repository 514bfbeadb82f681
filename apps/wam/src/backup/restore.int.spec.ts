/** With the users of the bus and the roles of the database that an installation has, and with none that may do more. */
import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAnalytics, loadAnalyticsConfig } from '@wam/analytics';
import { createAuth, loadAuthConfig } from '@wam/auth';
import { createSilentLogger, type Env } from '@wam/service-kit';
import { createDatabase, sql } from '@wam/service-kit/postgres';
import {
  createTestDatabase,
  eventually,
  startTestNats,
  type TestDatabase,
  type TestNats,
  temporaryDirectory,
} from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAuth } from '../commands/ask-service.ts';
import { writeDatabaseCredentials } from '../commands/database-credentials.ts';
import { databaseUsers, roleOf } from '../commands/database-roles.ts';
import { writeNatsCredentials } from '../commands/nats-credentials.ts';
import { prepare } from '../commands/prepare.ts';
import { backUp } from './back-up.ts';
import { restore } from './restore.ts';

const WAM_KEK = randomBytes(32).toString('base64');
const deps = { logger: createSilentLogger() };
const unique = randomBytes(4).toString('hex');
const admin = `admin_${unique}`;
const cleanUp = new AsyncDisposableStack();
let folder: string;
const file = (name: string): string => join(folder, name);

interface Place {
  nats: TestNats;
  database: TestDatabase;
  prefix: string;
  /** Of an administrator who is no superuser, as managed databases have them. */
  adminUrl: string;
}
async function newPlace(name: string): Promise<Place> {
  const configuration = readFileSync(file('bus/authorization.conf'), 'utf8');
  const nats = cleanUp.use(await startTestNats({ configuration }));
  const database = cleanUp.use(await createTestDatabase());
  await ask(database.url, `alter database ${new URL(database.url).pathname.slice(1)} owner to ${admin}`);
  const adminUrl = Object.assign(new URL(database.url), { username: admin, password: admin }).href;
  return { nats, database, prefix: `${name}_${unique}`, adminUrl };
}
async function ask<Row>(url: string, statement: string): Promise<Row[]> {
  await using db = createDatabase<unknown>({ url, schema: 'public', applicationName: 'spec', max: 1 });
  return (await sql.raw<Row>(statement).execute(db)).rows;
}
const onBus = ({ nats }: Place, user: string): Env => ({
  NATS_URL: nats.url,
  NATS_NKEY_SEED_FILE: file(`bus/${user}.seed`),
  WAM_DATA_DIR: file('nothing'),
});
const asUser = (place: Place, user: string): Env => ({
  ...onBus(place, user),
  DATABASE_URL_FILE: file(`${place.prefix}/${user}.url`),
  WAM_KEK,
});
const asRestorer = (place: Place): Env => ({ ...onBus(place, 'prepare'), DATABASE_URL: place.adminUrl, WAM_KEK });

async function withServices<T>(place: Place, use: () => Promise<T>): Promise<T> {
  const auth = createAuth(loadAuthConfig(asUser(place, 'auth')), deps);
  const analytics = createAnalytics(loadAnalyticsConfig(asUser(place, 'analytics')), deps);
  try {
    await Promise.all([auth.start(), analytics.start()]);
    await eventually(() => expect([auth.health().ready, analytics.health().ready]).toEqual([true, true]));
    return await use();
  } finally {
    await Promise.all([auth.stop(), analytics.stop()]);
  }
}

const email = 'customer@example.com';
let former: Place;
let next: Place;

beforeAll(async () => {
  const scratch = await temporaryDirectory('wam-restore-');
  cleanUp.defer(() => scratch.remove());
  folder = scratch.path;
  writeNatsCredentials(file('bus'));
  const server = cleanUp.use(await createTestDatabase());
  await ask(server.url, `create role ${admin} login createrole password '${admin}'`);
  cleanUp.defer(async () => {
    const roles = [former, next].flatMap(({ prefix }) => databaseUsers.map((user) => roleOf(user, prefix)));
    for (const role of roles) await ask(server.url, `drop role if exists ${role}_tenant, ${role}`);
    await ask(server.url, `drop role ${admin}`);
  });
  [former, next] = [await newPlace('former'), await newPlace('next')];
  await prepare(onBus(former, 'prepare'));
  await writeDatabaseCredentials(
    file(former.prefix),
    { prefix: former.prefix, later: false },
    { DATABASE_URL: former.database.url },
  );
  await withServices(former, async () => {
    await askAuth('register', { email, password: 'securepassword123' }, onBus(former, 'operator'));
    await backUp(file('backup'), asUser(former, 'operator'));
  });
});
afterAll(() => cleanUp.disposeAsync());

describe('a backup that is not whole', () => {
  const damages: Record<string, { damage(backup: string): void; says: string }> = {
    'ended before its manifest': {
      damage: (backup) => rmSync(join(backup, 'manifest.json')),
      says: 'holds no finished backup',
    },
    'lost a table': {
      damage: (backup) => rmSync(join(backup, 'auth.account.copy.gz')),
      says: 'auth.account.copy.gz cannot be read',
    },
    'was cut off in a table': {
      damage: (backup) => {
        const path = join(backup, 'auth.account.copy.gz');
        writeFileSync(path, readFileSync(path).subarray(0, -1));
      },
      says: 'auth.account.copy.gz is not as it was written',
    },
    'was cut off in the log': {
      damage: (backup) => {
        const path = join(backup, 'stream-EVT.snapshot');
        writeFileSync(path, readFileSync(path).subarray(0, -1));
      },
      says: 'stream-EVT.snapshot is not as it was written',
    },
    'does not list a table it has': {
      damage: (backup) => {
        const path = join(backup, 'manifest.json');
        const manifest = JSON.parse(readFileSync(path, 'utf8')) as { files: { path: string }[] };
        manifest.files = manifest.files.filter((each) => each.path !== 'auth.account.copy.gz');
        writeFileSync(path, JSON.stringify(manifest));
      },
      says: 'does not list auth.account.copy.gz',
    },
  };
  it.each(Object.entries(damages))('is refused when it %s, and nothing is written', async (what, { damage, says }) => {
    const damaged = file(what.replaceAll(' ', '-'));
    cpSync(file('backup'), damaged, { recursive: true });
    damage(damaged);
    await expect(restore(damaged, asRestorer(next))).rejects.toThrow(says);
    expect(
      await ask(next.adminUrl, `select from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`),
    ).toEqual([]);
  });
});

describe('a backup of an installation with a user and a role per service', () => {
  it('is restored by an administrator who is no superuser, and handed over to the roles', async () => {
    expect(await restore(file('backup'), asRestorer(next))).toContain('Start the platform');
    await writeDatabaseCredentials(
      file(next.prefix),
      { prefix: next.prefix, later: false },
      { DATABASE_URL: next.database.url },
    );
    await prepare(onBus(next, 'prepare'));
    await withServices(next, async () => {
      const operator = onBus(next, 'operator');
      expect(await askAuth('accountByEmail', { email }, operator)).toMatchObject({ plan: 'trial' });
      await askAuth('register', { email: 'another@example.com', password: 'securepassword123' }, operator);
    });
    for (const user of ['auth', 'analytics']) {
      const url = readFileSync(file(`${next.prefix}/${user}.url`), 'utf8').trim();
      const owners = await ask<{ owner: string }>(
        url,
        `select distinct pg_get_userbyid(relowner) as owner from pg_class
          where relnamespace = '${user}'::regnamespace and relkind in ('r', 'p', 'S', 'v')`,
      );
      expect(owners).toEqual([{ owner: roleOf(user as 'auth', next.prefix) }]);
    }
  });

  it('is not restored over one that is there', async () => {
    await expect(restore(file('backup'), asRestorer(next))).rejects.toThrow('the database has data');
    const { adminUrl } = await newPlace('another');
    await expect(restore(file('backup'), { ...asRestorer(next), DATABASE_URL: adminUrl })).rejects.toThrow(
      'NATS has the stream',
    );
  });

  it('is not taken, or restored, by whom the bus does not let', async () => {
    await expect(
      backUp(file('of-gateway'), { ...asUser(next, 'operator'), ...onBus(next, 'gateway') }),
    ).rejects.toThrow();
    const place = await newPlace('third');
    await expect(restore(file('backup'), { ...asRestorer(place), ...onBus(place, 'gateway') })).rejects.toThrow();
    expect(await ask(place.adminUrl, `select from pg_tables where schemaname = 'auth'`)).toEqual([]);
  });
});
