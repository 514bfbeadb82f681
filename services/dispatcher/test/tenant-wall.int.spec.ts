import { randomUUID } from 'node:crypto';
import { createDatabase, databaseOfTenant, type Kysely, sql } from '@wam/service-kit/postgres';
import { countByOwner, tablesWithoutWall } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DispatcherTables, schemaName } from '../src/storage/tables.ts';
import { type CampaignHarness, startCampaignHarness } from './campaign-harness.ts';
import { newSession } from './neighbours.ts';

const [tenantA, tenantB] = [randomUUID(), randomUUID()];
const tables = [
  'campaign',
  'campaign_recipient',
  'campaign_sender',
  'campaign_event',
  'campaign_problem',
  'session_lane',
  'suppression',
  'opt_out_words',
];
let harness: CampaignHarness;
/** As the dispatcher connects. */
let db: Kysely<DispatcherTables>;

beforeAll(async () => {
  const sessions = [newSession('connected', tenantA), newSession('connected', tenantB)];
  harness = await startCampaignHarness(sessions);
  await harness.start();
  for (const { tenant } of sessions) {
    const contacts = ['919876543210', 'no number'];
    await harness.get('createCampaign', tenant, { body: { message: 'Hello', contacts } });
    await harness.get('addSuppressions', tenant, { body: { numbers: ['919876543299'] } });
    await harness.get('setOptOutWords', tenant, { body: { words: ['stop'] } });
  }
  db = createDatabase({ url: harness.env.DATABASE_URL!, schema: schemaName, applicationName: 'wall', max: 2 });
});
afterAll(async () => {
  await db?.destroy();
  await harness?.[Symbol.asyncDispose]();
});

describe('behind the tenant filter of the queries', () => {
  it('every table has a wall, but for what says nothing of anybody', async () => {
    expect(await tablesWithoutWall(db, schemaName)).toEqual(['checkpoint', 'kek_mark']);
  });

  it.each(tables)('a connection of one tenant reads no %s of another without any filter', async (table) => {
    const owners = { own: sql<boolean>`tenant = ${tenantA}`, foreign: sql<boolean>`tenant <> ${tenantA}` };
    const count = (of: Kysely<DispatcherTables>) => countByOwner(of, table, owners);
    const all = await count(db);
    expect(all.own * all.foreign).toBeGreaterThan(0);
    expect(await count(databaseOfTenant(db, tenantA))).toEqual({ own: all.own, foreign: 0 });
    expect(await count(databaseOfTenant(db, randomUUID()))).toEqual({ own: 0, foreign: 0 });
  });

  it('it reads no key of contacts, and changes nothing of another', async () => {
    const ofA = databaseOfTenant(db, tenantA);
    expect((await sql`select * from contact_key`.execute(ofA)).rows).toEqual([]);
    expect((await sql`select * from contact_key`.execute(db)).rows).toHaveLength(1);
    const changed = await ofA
      .updateTable('campaign')
      .set({ status: 'cancelled' })
      .where('tenant', '=', tenantB)
      .executeTakeFirst();
    expect(changed.numUpdatedRows).toBe(0n);
    const forged = ofA.insertInto('opt_out_words').values({ tenant: randomUUID(), words: [] });
    await expect(forged.execute()).rejects.toThrow(/row-level security/);
  });
});
