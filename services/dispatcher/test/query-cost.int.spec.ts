import { randomBytes, randomUUID } from 'node:crypto';
import type { ServiceReply } from '@wam/contracts';
import { createSealer, systemClock } from '@wam/service-kit';
import { createDatabase, databaseOfTenant, type Kysely, migrate } from '@wam/service-kit/postgres';
import { createTestDatabase, type TestDatabase, watchPlans } from '@wam/testkit';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerDeps, Handler } from '../src/answers/answers-deps.ts';
import { listCampaigns } from '../src/answers/list-campaigns.ts';
import { listEvents } from '../src/answers/list-events.ts';
import { listRecipients } from '../src/answers/list-recipients.ts';
import { cursorOf } from '../src/answers/page-cursor.ts';
import { listSuppressed } from '../src/answers/suppressions.ts';
import { migrations } from '../src/storage/migrations.ts';
import { type DispatcherTables, schemaName } from '../src/storage/tables.ts';

/** Of one campaign, and as many numbers on the suppression list. */
const recipients = Number(process.env.RECIPIENTS ?? 50_000);
const tenant = randomUUID();
const campaignIdOf = (index: number): string => `cmp_${String(index).padStart(26, '0')}`;
const campaignId = campaignIdOf(500);
const addedAt = new Date('2026-11-27T12:00:00.000Z');

let database: TestDatabase;
let owner: Kysely<DispatcherTables>;
let watched: ReturnType<typeof watchPlans<DispatcherTables>>;

beforeAll(async () => {
  database = await createTestDatabase();
  const open = (url: string) =>
    createDatabase<DispatcherTables>({ url, schema: schemaName, applicationName: 'cost', max: 2 });
  const first = open(database.url);
  await migrate(first, { schema: schemaName, migrations });
  await first.destroy();
  owner = open(await database.asRole(schemaName));
  await fill(owner);
  watched = watchPlans(databaseOfTenant(owner, tenant));
});
afterAll(async () => {
  await owner?.destroy();
  await database?.drop();
});

/** A thousand campaigns, one of which has recipients; the numbers of the suppression list came at one moment. */
async function fill(db: Kysely<DispatcherTables>): Promise<void> {
  const idOf = sql`'cmp_' || lpad(i::text, 26, '0')`;
  await sql`
    insert into campaign (campaign_id, tenant, kind, name, correlation_id, message, delay_ms, total, rows, status, version, created_at,
      not_after, max_failure_percent)
    select ${idOf}, ${tenant}::uuid, 'campaign', '', 'c', '', 2000, ${recipients}, ${recipients}, 'completed', 1, now(), now(), 50
    from generate_series(1, 1000) as i`.execute(db);
  await sql`
    insert into campaign_event (campaign_id, version, tenant, type, data, at, correlation_id)
    select ${campaignId}, i, ${tenant}::uuid, 'CampaignProgressed', '{}', now(), 'c' from generate_series(1, 5000) as i`.execute(
    db,
  );
  await sql`
    insert into campaign_recipient (campaign_id, position, tenant, contact, contact_hash, state, updated_at)
    select ${campaignId}, i, ${tenant}::uuid, '', decode(md5(i::text), 'hex'), case when i % 1000 = 0 then 'failed' else 'sent' end, now()
    from generate_series(0, ${recipients}::int - 1) as i`.execute(db);
  await sql`
    insert into suppression (tenant, contact_hash, number, source, created_at)
    select ${tenant}::uuid, decode(md5(i::text), 'hex'), '', 'list', ${addedAt}
    from generate_series(1, ${recipients}::int) as i`.execute(db);
  await sql`vacuum analyze`.execute(db);
}

async function ask(list: (deps: AnswerDeps) => Handler, query: object): Promise<ServiceReply> {
  const deps = {
    database: watched.db,
    // What stands in the rows is of no concern here.
    sealer: { ...createSealer({ kek: randomBytes(32) }), open: () => Buffer.from('919876543210') },
    clock: systemClock,
  } as unknown as AnswerDeps;
  const principal = { kind: 'user', tenant, email: 'a@example.com', plan: 'growth' };
  return list(deps)({ operation: 'list', requestId: 'r', principal, params: { campaignId }, query } as never);
}

describe(`with ${recipients} rows a page looks at no more of them than it shows, and a few:`, () => {
  const middleOfSuppressed = cursorOf(`${addedAt.getTime()}/${'7'.repeat(32)}`);
  it.each<[string, (deps: AnswerDeps) => Handler, object]>([
    ['campaigns', listCampaigns, {}],
    ['campaigns behind another', listCampaigns, { cursor: cursorOf(campaignId) }],
    ['recipients', listRecipients, {}],
    ['recipients behind others', listRecipients, { cursor: cursorOf(recipients / 2) }],
    ['failed recipients behind others', listRecipients, { cursor: cursorOf(recipients / 2), state: 'failed' }],
    ['events of a campaign behind others', listEvents, { cursor: cursorOf(2_500) }],
    ['numbers that opted out', listSuppressed, {}],
    ['numbers that opted out behind others of the same moment', listSuppressed, { cursor: middleOfSuppressed }],
  ])('%s', async (_, list, query) => {
    const limit = 10;
    const reply = await ask(list, { limit, ...query });
    expect(reply).toMatchObject({ ok: true, body: { data: expect.any(Array), hasMore: true } });
    const costs = await watched.costs();
    // The sessions of a campaign, of which these have none, are not read at all.
    expect(costs.flatMap(({ readWhole }) => readWhole).filter((table) => !/sender|lane/.test(table))).toEqual([]);
    expect(costs.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThanOrEqual(2 * limit + 10);
  });
});

describe('pages of numbers that opted out', () => {
  it('hold all of one moment, once each', async () => {
    const pages: number[] = [];
    let cursor: string | undefined;
    for (;;) {
      const reply = await ask(listSuppressed, { limit: 1000, ...(cursor && { cursor }) });
      if (!reply.ok) throw new Error(reply.code);
      const { data, nextCursor } = reply.body as { data: unknown[]; nextCursor: string | null };
      pages.push(data.length);
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    expect(pages.reduce((sum, count) => sum + count, 0)).toBe(recipients);
    await watched.costs();
  });

  it.each(['9999999999999999/', '99999999999999/', '-1/'])(
    'begin at no place of a time that is none: %s',
    async (start) => {
      const cursor = cursorOf(`${start}${'7'.repeat(32)}`);
      expect(await ask(listSuppressed, { cursor })).toMatchObject({
        ok: false,
        code: 'VALIDATION_FAILED',
        param: 'cursor',
      });
    },
  );
});
