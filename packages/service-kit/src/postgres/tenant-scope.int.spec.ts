import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createDatabase,
  databaseOfTenant,
  type Kysely,
  type Migration,
  migrate,
  protectTenantRows,
  sql,
} from './index.ts';

interface Tables {
  thing: { tenant: string; name: string };
}
const [tenantA, tenantB] = [randomUUID(), randomUUID()];
let database: TestDatabase;
let role: string;
/** As the superuser, whom nothing binds. */
let admin: Kysely<Tables>;
/** As a service connects: owner of its tables, and no more. */
let db: Kysely<Tables>;

const createThing: Migration = {
  async up(schema) {
    await sql`create table thing (tenant uuid not null, name text not null, primary key (tenant, name))`.execute(
      schema,
    );
    await protectTenantRows(schema, 'thing');
  },
};
const namesIn = async (of: Kysely<Tables>) =>
  (await of.selectFrom('thing').select('name').orderBy('name').execute()).map(({ name }) => name);

beforeAll(async () => {
  database = await createTestDatabase();
  admin = createDatabase({ url: database.url, schema: 'own', applicationName: 'spec' });
  await sql.raw('create schema own').execute(admin);
  const url = await database.asRole('own');
  role = new URL(url).username;
  db = createDatabase({ url, schema: 'own', applicationName: 'spec', max: 2 });
  await migrate(db, { schema: 'own', migrations: { '0001-create-thing': createThing } });
  await db
    .insertInto('thing')
    .values([
      { tenant: tenantA, name: 'of A' },
      { tenant: tenantB, name: 'of B' },
    ])
    .execute();
});
afterAll(async () => {
  await db?.destroy();
  await admin?.destroy();
  await database?.drop();
});

describe('rows of a tenant', () => {
  test('are all that its connections see, whatever the query asks for', async () => {
    expect(await namesIn(databaseOfTenant(db, tenantA))).toEqual(['of A']);
    expect(await namesIn(databaseOfTenant(db, tenantB))).toEqual(['of B']);
    expect(await namesIn(databaseOfTenant(db, randomUUID()))).toEqual([]);
  });

  test('are all that its connections change, and nobody writes rows of another', async () => {
    const ofA = databaseOfTenant(db, tenantA);
    expect((await ofA.updateTable('thing').set({ name: 'of A' }).executeTakeFirst()).numUpdatedRows).toBe(1n);
    await expect(ofA.insertInto('thing').values({ tenant: tenantB, name: 'forged' }).execute()).rejects.toThrow(
      /row-level security/,
    );
    await expect(ofA.updateTable('thing').set({ tenant: tenantB }).execute()).rejects.toThrow(/row-level security/);
    expect(await namesIn(db)).toEqual(['of A', 'of B']);
  });

  test('stay apart on connections that work for one after the other, in transactions too, and after one that failed', async () => {
    const scopes = [databaseOfTenant(db, tenantA), db, databaseOfTenant(db, tenantB)];
    const wanted = [['of A'], ['of A', 'of B'], ['of B']];
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const of = scopes[i % 3]!;
        if (i % 4 === 0) await expect(sql`select 1 / 0`.execute(of)).rejects.toThrow(/zero/);
        const found = i % 2 === 0 ? await namesIn(of) : await of.transaction().execute((trx) => namesIn(trx));
        expect(found).toEqual(wanted[i % 3]);
      }),
    );
  });

  test('are hidden from a connection that does not say for which tenant it works', async () => {
    await admin.transaction().execute(async (trx) => {
      await sql.raw(`set local role ${role}_tenant`).execute(trx);
      expect(await namesIn(trx)).toEqual([]);
    });
  });
});

test('what is no tenant gets no database', () => {
  for (const text of ['', 'a', `${tenantA} `]) expect(() => databaseOfTenant(db, text)).toThrow('not a tenant');
});
