import { randomUUID } from 'node:crypto';
import { createDatabase, databaseOfTenant, migrate, sql } from '@wam/service-kit/postgres';
import { createTestDatabase, type TestDatabase, tablesWithoutWall } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineMigrations } from './migrations.ts';
import { type EngineDatabase, engineSchema } from './tables.ts';

const [tenantA, tenantB] = [randomUUID(), randomUUID()];
const sessions = new Map<string, string>([tenantA, tenantB].map((tenant) => [tenant, randomUUID()]));
let database: TestDatabase;
/** As an engine connects. */
let db: EngineDatabase;

async function insertSession(of: EngineDatabase, tenant: string, id = sessions.get(tenant)): Promise<void> {
  await sql`insert into wa_session (id, tenant, pool, partition, network, name, status)
    values (${id}, ${tenant}, 'sandbox', 0, 'sandbox', '', 'connected')`.execute(of);
}
async function insertKey(of: EngineDatabase, tenant: string, type = 'pre-key'): Promise<void> {
  await sql`insert into signal_key (session_id, type, id, sealed) values (${sessions.get(tenant)}, ${type}, '1', '')`.execute(
    of,
  );
}

beforeAll(async () => {
  database = await createTestDatabase();
  const url = await database.asRole(engineSchema);
  db = createDatabase({ url, schema: engineSchema, applicationName: 'wall', max: 2 });
  await migrate(db, { schema: engineSchema, migrations: engineMigrations(64) });
  await sql`insert into installation (partition_count) values (64)`.execute(db);
  for (const [tenant, id] of sessions) {
    await insertSession(db, tenant);
    await insertKey(db, tenant);
    await sql`insert into outbound (message_id, tenant, session_id, pool, partition, wa_message_id, state, sealed, accepted_at, correlation_id)
      values (${id}, ${tenant}, ${id}, 'sandbox', 0, 'w', 'failed', '', now(), '')`.execute(db);
    await sql`insert into event_outbox (session_id, event_id, event) values (${id}, 'e', '{}')`.execute(db);
  }
});
afterAll(async () => {
  await db?.destroy();
  await database?.drop();
});

describe('behind the tenant filter of the queries', () => {
  it('every table has a wall', async () => {
    expect(await tablesWithoutWall(db, engineSchema)).toEqual([]);
  });

  it.each(['wa_session', 'signal_key', 'outbound', 'event_outbox'])(
    'a connection of one tenant reads no %s of another without any filter',
    async (table) => {
      const column = table === 'wa_session' ? 'id' : 'session_id';
      const read = async (of: EngineDatabase) =>
        (await sql<{ id: string }>`select ${sql.ref(column)} as id from ${sql.table(table)}`.execute(of)).rows;
      expect(await read(db)).toHaveLength(2);
      expect(await read(databaseOfTenant(db, tenantA))).toEqual([{ id: sessions.get(tenantA) }]);
      expect(await read(databaseOfTenant(db, randomUUID()))).toEqual([]);
    },
  );

  it('it sees no lease of a partition, and writes nothing of another', async () => {
    const ofA = databaseOfTenant(db, tenantA);
    expect(await ofA.selectFrom('installation').selectAll().execute()).toEqual([]);
    expect(await ofA.selectFrom('partition_fence').selectAll().execute()).toEqual([]);
    await expect(insertSession(ofA, tenantB, randomUUID())).rejects.toThrow(/row-level security/);
    await expect(insertKey(ofA, tenantB, 'session')).rejects.toThrow(/row-level security/);
    await insertKey(ofA, tenantA, 'session');
  });
});
