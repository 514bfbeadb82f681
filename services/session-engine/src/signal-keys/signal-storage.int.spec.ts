import { randomUUID } from 'node:crypto';
import { createDatabase, migrate } from '@wam/service-kit/postgres';
import { createTestDatabase } from '@wam/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import { engineMigrations } from '../database/migrations.ts';
import { type EngineDatabase, type EngineTables, engineSchema } from '../database/tables.ts';
import { createSessionRegistry } from '../session/session-registry.ts';
import { createPostgresSignalStorage } from './postgres-signal-storage.ts';
import { specifySignalStorage } from './signal-storage-behaviour.ts';

describe('Signal storage in Postgres', () => {
  const cleanUp = new AsyncDisposableStack();
  let db: EngineDatabase;
  beforeAll(async () => {
    const database = cleanUp.use(await createTestDatabase());
    db = createDatabase<EngineTables>({ url: database.url, schema: engineSchema, applicationName: 'test' });
    cleanUp.defer(() => db.destroy());
    await migrate(db, { schema: engineSchema, migrations: engineMigrations });
  });
  afterAll(() => cleanUp.disposeAsync());

  specifySignalStorage(() => {
    const registry = createSessionRegistry(db);
    return {
      storage: createPostgresSignalStorage(db),
      async claim(sessionId, epoch) {
        await registry.register({ sessionId, tenant: randomUUID(), pool: 'p', network: 'sandbox', name: 'n' });
        return (await registry.open(sessionId, epoch)) !== 'fenced';
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
