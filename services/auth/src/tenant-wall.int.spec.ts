import { randomBytes, randomUUID } from 'node:crypto';
import { createDatabase, databaseOfTenant, type Kysely, sql } from '@wam/service-kit/postgres';
import { countByOwner, tablesWithoutWall } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthTables, authSchema } from './storage/schema.ts';
import { type AuthHarness, startAuthHarness, type TestAccount } from './testing/auth-harness.ts';

/** Conditions by which a row is of the tenant of the first account. */
const ownedBy: Record<string, (tenant: string) => ReturnType<typeof sql<boolean>>> = {
  account: (tenant) => sql<boolean>`id = ${tenant}`,
  refresh_token: (tenant) => sql<boolean>`family in (select id from refresh_family where tenant = ${tenant})`,
};
const tables = [
  'account',
  'once',
  'message_usage',
  'api_key',
  'refresh_family',
  'refresh_token',
  'session_owner',
  'audit_entry',
];
let harness: AuthHarness;
let [a, b]: TestAccount[] = [];
/** As auth connects. */
let db: Kysely<AuthTables>;

async function useEverything(account: TestAccount): Promise<void> {
  const keyHash = randomBytes(32).toString('hex');
  await harness.get('beginOnce', { tenant: account.id, keyHash, fingerprint: keyHash, leaseMs: 60_000 });
  await harness.get('reserveMessages', { tenant: account.id, count: 1 });
  await harness.get('createApiKey', { name: 'till' }, { by: account });
  await harness.get('authorizeSession', { tenant: account.id, sessionId: randomUUID() });
}

beforeAll(async () => {
  harness = await startAuthHarness();
  [a, b] = [await harness.register('enterprise'), await harness.register('enterprise')];
  for (const account of [a, b]) await useEverything(account!);
  db = createDatabase({ url: harness.databaseUrl, schema: authSchema, applicationName: 'wall', max: 2 });
});
afterAll(async () => {
  await db?.destroy();
  await harness?.[Symbol.asyncDispose]();
});

describe('behind the tenant filter of the queries', () => {
  it('every table has a wall, but for what says nothing of anybody', async () => {
    expect(await tablesWithoutWall(db, authSchema)).toEqual(['checkpoint', 'kek_mark']);
  });

  it.each(tables)('a connection of one tenant reads no %s of another without any filter', async (table) => {
    const isOf = ownedBy[table] ?? ((tenant: string) => sql<boolean>`tenant = ${tenant}`);
    const count = (of: Kysely<AuthTables>) => countByOwner(of, table, { own: isOf(a!.id), foreign: isOf(b!.id) });
    const all = await count(db);
    expect(all.own * all.foreign).toBeGreaterThan(0);
    expect(await count(databaseOfTenant(db, a!.id))).toEqual({ own: all.own, foreign: 0 });
    expect(await count(databaseOfTenant(db, randomUUID()))).toEqual({ own: 0, foreign: 0 });
  });

  it('it reads no signing key, and changes nothing of another', async () => {
    const ofA = databaseOfTenant(db, a!.id);
    expect(await ofA.selectFrom('signing_key').selectAll().execute()).toEqual([]);
    const changed = await ofA.updateTable('account').set({ plan: 'x' }).where('id', '=', b!.id).executeTakeFirst();
    expect(changed.numUpdatedRows).toBe(0n);
    const event = { event_id: 'forged', subject: `evt.account.${b!.id}.${b!.id}`, event: '{}' };
    await expect(ofA.insertInto('outbox').values(event).execute()).rejects.toThrow(/row-level security/);
    const usage = { tenant: b!.id, day: '2026-01-01', used: 1 };
    await expect(ofA.insertInto('message_usage').values(usage).execute()).rejects.toThrow(/row-level security/);
  });
});
