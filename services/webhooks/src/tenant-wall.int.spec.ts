import { randomUUID } from 'node:crypto';
import { createDatabase, databaseOfTenant, type Kysely, migrate, sql } from '@wam/service-kit/postgres';
import { createTestDatabase, type TestDatabase } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from './storage/migrations.ts';
import { type WebhooksTables, webhooksSchema } from './storage/schema.ts';

const [tenantA, tenantB] = [randomUUID(), randomUUID()];
const tables = ['webhook', 'delivery', 'attempt', 'session', 'body_page'];
let database: TestDatabase;
let owner: Kysely<WebhooksTables>;
/** As a service connects: row-level security binds it. */
let db: Kysely<WebhooksTables>;

async function insertOf(of: Kysely<WebhooksTables>, tenant: string, id: string): Promise<void> {
  await sql`insert into webhook (id, tenant, url, description, event_types, ordered, mode, sealed_secret, header_names, sealed_headers, status,
    created_at, updated_at) values (${id}, ${tenant}, 'https://a.example', '', '{}', false, 'live', '', '{}', '', 'active', now(), now())`.execute(
    of,
  );
  await sql`insert into delivery (webhook_id, id, tenant, event_id, type, sealed_body, ordered, status, created_at)
    values (${id}, 'd', ${tenant}, 'e', 't', '', false, 'pending', now())`.execute(of);
  await sql`insert into attempt (webhook_id, delivery_id, number, at, duration_ms) values (${id}, 'd', 1, now(), 1)`.execute(
    of,
  );
  await sql`insert into body_page (id, tenant, created_at, sealed_bodies) values (${id}, ${tenant}, now(), '')`.execute(
    of,
  );
  await sql`insert into session (tenant, session_id, name, network, metadata)
    values (${tenant}, ${randomUUID()}, '', 'sandbox', '{}')`.execute(of);
}
const countIn = async (of: Kysely<WebhooksTables>, table: string): Promise<number> =>
  (await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(of)).rows[0]?.count ?? -1;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = createDatabase({ url: database.url, schema: webhooksSchema, applicationName: 'owner' });
  await migrate(owner, { schema: webhooksSchema, migrations });
  db = createDatabase({ url: await database.asRole(webhooksSchema), schema: webhooksSchema, applicationName: 'wall' });
  await insertOf(db, tenantA, 'of-a');
  await insertOf(databaseOfTenant(db, tenantB), tenantB, 'of-b');
});
afterAll(async () => {
  await db?.destroy();
  await owner?.destroy();
  await database?.drop();
});

describe('behind the tenant filter of the queries', () => {
  it('every table with rows of tenants has a wall', async () => {
    const unwalled = await sql<{ relname: string }>`
      select distinct relname from pg_class join pg_attribute on attrelid = pg_class.oid
      where relnamespace = ${webhooksSchema}::regnamespace and relkind in ('r', 'p')
        and attname in ('tenant', 'webhook_id', 'subject') and not relrowsecurity`.execute(db);
    expect(unwalled.rows).toEqual([]);
  });

  it.each(tables)('a connection of one tenant reads no %s of another without any filter', async (table) => {
    expect(await countIn(db, table)).toBe(2);
    expect(await countIn(databaseOfTenant(db, tenantA), table)).toBe(1);
    expect(await countIn(databaseOfTenant(db, randomUUID()), table)).toBe(0);
  });

  it('and changes nothing of another', async () => {
    const ofA = databaseOfTenant(db, tenantA);
    const changed = await sql`update webhook set status = 'paused' where id = 'of-b'`.execute(ofA);
    expect(changed.numAffectedRows).toBe(0n);
    await expect(insertOf(ofA, tenantB, 'forged')).rejects.toThrow(/row-level security/);
    const attempt = sql`insert into attempt (webhook_id, delivery_id, number, at, duration_ms) values ('of-b', 'd', 2, now(), 1)`;
    await expect(attempt.execute(ofA)).rejects.toThrow(/row-level security/);
  });

  it('and neither sees nor adds to the events that are about to be published, which is what owners do', async () => {
    const event = { event_id: 'evt_1', subject: `evt.webhook.${tenantA}.of-a`, type: 'WebhookDisabled', event: '{}' };
    await db.insertInto('outbox').values(event).execute();
    const ofA = databaseOfTenant(db, tenantA);
    expect(await countIn(ofA, 'outbox')).toBe(0);
    await expect(ofA.insertInto('outbox').values(event).execute()).rejects.toThrow(/row-level security/);
    expect(await countIn(db, 'outbox')).toBe(1);
  });
});
