import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, databaseOfTenant, type Kysely, protectTenantRows, sql } from '@wam/service-kit/postgres';
import {
  createTestDatabase,
  startTestNats,
  type TemporaryDirectory,
  type TestDatabase,
  type TestNats,
  temporaryDirectory,
} from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeDatabaseCredentials } from './database-credentials.ts';
import { databaseUsers, roleOf, schemaOfTarget, storingTargets } from './database-roles.ts';
import { prepare } from './prepare.ts';

let folder: TemporaryDirectory;
let database: TestDatabase;
let nats: TestNats;
const prefix = `spec_${randomBytes(6).toString('hex')}`;
/** Owns the database and may make roles, as the one that CloudNativePG makes; no superuser. */
const owner = `${prefix}_owner`;
let ownerUrl: string;
const opened: Kysely<unknown>[] = [];

function connect(url: string, schema = 'public'): Kysely<unknown> {
  const db = createDatabase<unknown>({ url, schema, applicationName: 'spec', max: 1 });
  opened.push(db);
  return db;
}
const fileOf = (name: string): string => readFileSync(join(folder.path, 'roles', name), 'utf8').trim();
const prepareNow = (env: Record<string, string> = {}): Promise<void> =>
  prepare({ NATS_URL: nats.url, DATABASE_URL: ownerUrl, DATABASE_ROLES: fileOf('roles.json'), ...env });

beforeAll(async () => {
  [folder, database, nats] = await Promise.all([
    temporaryDirectory('wam-roles-'),
    createTestDatabase(),
    startTestNats(),
  ]);
  const admin = connect(database.url);
  ownerUrl = Object.assign(new URL(database.url), { username: owner, password: owner }).href;
  await sql.raw(`create role ${owner} login createrole password '${owner}'`).execute(admin);
  await sql.raw(`alter database ${new URL(database.url).pathname.slice(1)} owner to ${owner}`).execute(admin);
  // What an installation of one role has made.
  const before = connect(ownerUrl);
  await sql.raw('create schema webhooks; create table webhooks.old (tenant uuid)').execute(before);
});
afterAll(async () => {
  await Promise.all(opened.map((db) => db.destroy()));
  await database?.drop();
  await nats?.stop();
  await folder?.remove();
  // Roles belong to the server, and go after what they own.
  const server = connect(Object.assign(new URL(database.url), { pathname: '/postgres' }).href);
  const tenants = storingTargets.map((target) => `${roleOf(target, prefix)}_tenant`);
  const names = [...databaseUsers.map((user) => roleOf(user, prefix)), ...tenants, owner];
  for (const name of names) await sql.raw(`drop role ${name}`).execute(server);
  await server.destroy();
});

describe('roles made by wam prepare, by an owner of the database who is no superuser', () => {
  test('come of a file without passwords, written before the database is there', async () => {
    const nowhere = Object.assign(new URL(ownerUrl), { port: '1' }).href;
    await writeDatabaseCredentials(join(folder.path, 'other'), { prefix, later: true }, { DATABASE_URL: nowhere });
    expect(existsSync(join(folder.path, 'other', 'auth.url'))).toBe(true);

    await writeDatabaseCredentials(join(folder.path, 'roles'), { prefix, later: true }, { DATABASE_URL: ownerUrl });
    for (const user of databaseUsers)
      expect(fileOf('roles.json')).not.toContain(new URL(fileOf(`${user}.url`)).password);
    await expect(connectTo('auth')).rejects.toThrow(/authentication failed/);
    await prepareNow();
    await prepareNow();
    for (const user of databaseUsers) expect(await connectTo(user)).toBe(roleOf(user, prefix));
  });

  test('own their schema, what was in it before too, and reach no other', async () => {
    const schemas = Object.values(schemaOfTarget);
    for (const target of storingTargets) {
      const own = schemaOfTarget[target];
      const db = connect(fileOf(`${target}.url`), own);
      await sql`create table thing (tenant uuid)`.execute(db);
      if (target === 'webhooks') await sql`alter table old add column name text`.execute(db);
      for (const other of schemas.filter((schema) => schema !== own))
        await expect(sql.raw(`select 1 from ${other}.thing`).execute(db)).rejects.toThrow(/permission|not exist/);
    }
    const operator = connect(fileOf('operator.url'));
    for (const schema of schemas) await sql.raw(`select 1 from ${schema}.thing`).execute(operator);
  });

  test('change into a role that row-level security binds', async () => {
    const db = connect(fileOf('dispatcher.url'), 'dispatcher');
    await protectTenantRows(db, 'thing');
    const [tenant, other] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
    await sql`insert into thing values (${tenant}), (${other})`.execute(db);
    expect((await sql`select * from thing`.execute(databaseOfTenant(db, tenant))).rows).toEqual([{ tenant }]);
  });

  test('are not made of a role with powers: who may not take them away refuses', async () => {
    const admin = connect(database.url);
    await sql.raw(`alter role ${roleOf('auth', prefix)} bypassrls`).execute(admin);
    await expect(prepareNow()).rejects.toThrow(/has powers that no service may have/);
    // An administrator takes them away.
    await prepareNow({ DATABASE_URL: database.url });
    await prepareNow();
  });

  test('are not made of half the settings, or of another file', async () => {
    const withoutUrl = { NATS_URL: nats.url, DATABASE_ROLES: fileOf('roles.json') };
    await expect(prepare(withoutUrl)).rejects.toThrow(/DATABASE_URL: is not set/);
    await expect(prepareNow({ DATABASE_ROLES: '{}' })).rejects.toThrow(/not what this release needs/);
  });
});

async function connectTo(user: (typeof databaseUsers)[number]): Promise<string> {
  const db = connect(fileOf(`${user}.url`));
  const { rows } = await sql<{ name: string }>`select current_user as name`.execute(db);
  return rows[0]?.name ?? '';
}
