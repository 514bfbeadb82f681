import { createDatabase, databaseOfTenant, type Kysely, migrate, sql } from '@wam/service-kit/postgres';
import { createTestDatabase, type TestDatabase, watchPlans } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCampaignStats } from '../campaign/query.ts';
import { readMessageStats } from '../counters/query.ts';
import { rollUpCounters } from '../counters/table.ts';
import { type AnalyticsTables, schemaName } from '../database.ts';
import { readMessageLatency } from '../latency/query.ts';
import { decodeCursor } from '../message/list-cursor.ts';
import { findMessages, type MessageFilter, searchSteps } from '../message/list-messages.ts';
import { createShowMessage } from '../message/message-view.ts';
import { findFailedMessages, findMessage } from '../message/query.ts';
import { migrations } from '../migrations.ts';
import { findSession, findSessions } from '../session/query.ts';
import { messageIdOf, sessionIdOf, tenantA } from '../testing/histories.ts';
import { readSessionUptime } from '../uptime/query.ts';

/** One a second up to `now`. `MESSAGES=1000000` takes a minute. */
const messages = Number(process.env.MESSAGES ?? 150_000);
const mostLookedAt = searchSteps[0] + searchSteps[1];
const now = Date.parse('2026-11-27T12:00:00.000Z');
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();
const show = createShowMessage(() => undefined);
const campaignId = 'cmp_00000000000000000000000001';

let database: TestDatabase;
let owner: Kysely<AnalyticsTables>;
/** As an account's request sees it. */
let watched: ReturnType<typeof watchPlans<AnalyticsTables>>;

beforeAll(async () => {
  database = await createTestDatabase();
  const open = (url: string) =>
    createDatabase<AnalyticsTables>({ url, schema: schemaName, applicationName: 'cost', max: 2 });
  const first = open(database.url);
  await migrate(first, { schema: schemaName, migrations });
  await first.destroy();
  owner = open(await database.asRole(schemaName));
  await fill(owner);
  watched = watchPlans(databaseOfTenant(owner, tenantA));
});
afterAll(async () => {
  await owner?.destroy();
  await database?.drop();
});

/** All of one account: ten sessions, every hundredth message failed, all others sent. */
async function fill(db: Kysely<AnalyticsTables>): Promise<void> {
  const at = sql`${new Date(now)}::timestamptz - i * interval '1 second'`;
  const session = sql`('00000000-0000-4000-9000-' || lpad((i % 10)::text, 12, '0'))::uuid`;
  const failed = sql`i % 100 = 50`;
  for (let first = 1; first <= messages; first += 100_000)
    await sql`
      insert into message_view (message_id, tenant, session_id, wa_message_id, direction, kind, recipient, excerpt, status,
        accepted_at, sent_at, failed_at, campaign_id)
      select 'msg_' || lpad(i::text, 26, '0'), ${tenantA}::uuid, ${session}, 'w', case when i % 20 = 0 then 'in' else 'out' end, 'text',
        '91987654' || lpad((i % 1000)::text, 4, '0'), 'Hello', case when ${failed} then 'failed' else 'sent' end, ${at},
        case when ${failed} then null else ${at} end, case when ${failed} then ${at} end, ${campaignId}
      from generate_series(${first}::int, ${Math.min(messages, first + 99_999)}::int) as i`.execute(db);
  await sql`
    insert into message_counter (tenant, bucket_at, session_id, sent, delivered, read, failed, received)
    select ${tenantA}::uuid, date_bin('15 minutes', ${at}, 'epoch'), ${session}, count(*), 0, 0, 0, 0
    from generate_series(1, ${messages}::int * 10, 90) as i group by 1, 2, 3`.execute(db);
  await sql`insert into message_rollup ${rollUpCounters('message_counter')}`.execute(db);
  await sql`insert into session_view (session_id, tenant, name, description, network, pool, status, has_qr, created_at, deleted)
    select ${session}, ${tenantA}::uuid, 'Bot', '', 'sandbox', 'sandbox', 'connected', false, now(), false
    from generate_series(0, 9) as i`.execute(db);
  await sql`vacuum analyze`.execute(db);
}

async function costOf(
  query: (db: Kysely<AnalyticsTables>) => Promise<unknown>,
): Promise<{ rows: number; whole: string[] }> {
  await query(watched.db);
  const costs = await watched.costs();
  return {
    rows: costs.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    whole: costs.flatMap(({ readWhole }) => readWhole).filter((table) => table !== 'session_view'),
  };
}

const list = (filter: Partial<MessageFilter>) => (db: Kysely<AnalyticsTables>) =>
  findMessages(db, tenantA, { direction: 'out', limit: 20, ...filter }, show);

describe(`with ${messages} messages a page of a list looks at no more rows than it shows, and a few`, () => {
  const after = { acceptedAt: ago(messages / 2), messageId: messageIdOf(messages / 2) };
  it.each<[string, Partial<MessageFilter>]>([
    ['from the beginning', {}],
    ['of the greatest size', { limit: 100 }],
    ['with room for one', { limit: 1 }],
    ['from the middle', { after }],
    ['of a session', { sessionId: sessionIdOf(3), after }],
    ['of a contact', { recipient: '919876540123', after }],
    ['of received ones', { direction: 'in', after }],
    ['of a time', { since: ago(messages / 2), until: ago(messages / 2 - 100) }],
    ['of failed ones', { status: 'failed', after }],
  ])('%s', async (_, filter) => {
    const { rows, whole } = await costOf(list(filter));
    expect(whole).toEqual([]);
    expect(rows).toBeLessThanOrEqual(2 * (filter.limit ?? 20) + 2);
  });

  it('of failed ones of the failed list', async () => {
    for (const filter of [{ limit: 5 }, { limit: 100, sessionId: sessionIdOf(0) }]) {
      const { rows, whole } = await costOf((db) => findFailedMessages(db, tenantA, filter));
      expect(whole).toEqual([]);
      expect(rows).toBeLessThanOrEqual(filter.limit + 1);
    }
  });
});

describe('a filter that no index serves', () => {
  it.each<[string, Partial<MessageFilter>]>([
    ['a status that no message has', { status: 'accepted' }],
    ['a status that no message of a session has', { status: 'accepted', sessionId: sessionIdOf(3) }],
    ['failed messages of a session that has none', { status: 'failed', sessionId: sessionIdOf(3) }],
  ])('%s, costs a page a limited number of rows, and the next one goes on behind them', async (_, filter) => {
    const { rows, whole } = await costOf(list(filter));
    expect(whole).toEqual([]);
    // Twice each, to find the end of the page too, and some of them in index and table.
    expect(rows).toBeLessThanOrEqual(5 * mostLookedAt);
  });

  it('finds in all pages together what there is, once each', async () => {
    const rare = [5, mostLookedAt - 1, mostLookedAt + 3, messages - 1].map((i) => messageIdOf(i));
    await sql`update message_view set status = 'read' where message_id in (${sql.join(rare)})`.execute(owner);
    const found: string[] = [];
    let pages = 0;
    let after: MessageFilter['after'];
    for (;;) {
      const filter: MessageFilter = { direction: 'out', status: 'read', limit: 2, ...(after && { after }) };
      const page = await findMessages(watched.db, tenantA, filter, show);
      pages++;
      found.push(...page.data.map(({ messageId }) => messageId));
      expect(page.hasMore).toBe(page.nextCursor !== null);
      if (page.nextCursor === null) break;
      after = decodeCursor(page.nextCursor)!;
    }
    await watched.costs();
    expect(found).toEqual(rare);
    expect(pages).toBeGreaterThan(2);
  });
});

describe('figures', () => {
  const query = { days: 7, timeZone: 'Asia/Kolkata' };
  it.each<[string, (db: Kysely<AnalyticsTables>) => Promise<unknown>, number]>([
    ['a message', (db) => findMessage(db, tenantA, messageIdOf(7), show), 1],
    // At most sixteen rows of a session and day.
    ['statistics of the account', (db) => readMessageStats(db, tenantA, query, now), 7 * 10 * 16],
    [
      'statistics of a session',
      (db) => readMessageStats(db, tenantA, { ...query, sessionId: sessionIdOf(1) }, now),
      7 * 10 * 16,
    ],
    ['latency', (db) => readMessageLatency(db, tenantA, { days: 31 }, now), 0],
    ['a campaign', (db) => readCampaignStats(db, tenantA, campaignId), 0],
    ['sessions', (db) => findSessions(db, tenantA, now), 20],
    ['a session', (db) => findSession(db, tenantA, sessionIdOf(1), now), 20],
    ['uptime', (db) => readSessionUptime(db, tenantA, { sessionId: sessionIdOf(1), days: 31 }, now), 20],
  ])('of %s cost what they show, whatever the number of messages', async (_, ask, most) => {
    const { rows, whole } = await costOf(ask);
    expect(whole).not.toContain('message_view');
    expect(rows).toBeLessThanOrEqual(most);
  });
});
