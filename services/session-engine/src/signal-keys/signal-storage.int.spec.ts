import { randomUUID } from 'node:crypto';
import { defaultPartitionCount } from '@wam/contracts';
import { createDatabase, migrate, sql } from '@wam/service-kit/postgres';
import { createTestDatabase } from '@wam/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import { engineMigrations } from '../database/migrations.ts';
import { type EngineDatabase, type EngineTables, engineSchema } from '../database/tables.ts';
import { createPostgresSignalStorage } from './postgres-signal-storage.ts';
import { specifySignalStorage } from './signal-storage-behaviour.ts';

describe('Signal storage in Postgres', () => {
  const cleanUp = new AsyncDisposableStack();
  let db: EngineDatabase;
  beforeAll(async () => {
    const database = cleanUp.use(await createTestDatabase());
    db = createDatabase<EngineTables>({ url: database.url, schema: engineSchema, applicationName: 'test' });
    cleanUp.defer(() => db.destroy());
    await migrate(db, { schema: engineSchema, migrations: engineMigrations(defaultPartitionCount) });
  });
  afterAll(() => cleanUp.disposeAsync());

  specifySignalStorage(() => {
    return {
      storage: createPostgresSignalStorage(db, 'p'),
      async claim(sessionId, epoch) {
        const { rows } = await sql`
          insert into wa_session as s (id, tenant, pool, partition, network, name, status, owner_epoch)
          values (${sessionId}, ${randomUUID()}, 'p', 0, 'sandbox', 'n', 'connected', ${epoch})
          on conflict (id) do update set owner_epoch = excluded.owner_epoch where s.owner_epoch <= excluded.owner_epoch
          returning id`.execute(db);
        return rows.length > 0;
      },
      async credsOf(sessionId) {
        const row = await db.selectFrom('wa_session').select('creds').where('id', '=', sessionId).executeTakeFirst();
        return row?.creds ?? undefined;
      },
      async eventsOf(sessionId) {
        const rows = db.selectFrom('event_outbox').select('event').where('session_id', '=', sessionId);
        return (await rows.orderBy('position').execute()).map(({ event }) => event);
      },
    };
  });
});
