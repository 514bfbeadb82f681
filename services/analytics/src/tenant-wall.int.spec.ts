import { createDatabase, databaseOfTenant, type Kysely, sql } from '@wam/service-kit/postgres';
import { countByOwner } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMessageStats } from './counters/query.ts';
import { type AnalyticsTables, schemaName } from './database.ts';
import { readMessageLatency } from './latency/query.ts';
import { findMessages } from './message/list-messages.ts';
import { findFailedMessage, findFailedMessages, findMessage } from './message/query.ts';
import { findDefaultSession, findFirstSession, findSession, findSessionRoute, findSessions } from './session/query.ts';
import { bodyOf, type Harness, startHarness } from './testing/harness.ts';
import { generateHistory, tenantA, tenantB } from './testing/histories.ts';
import { readSessionUptime } from './uptime/query.ts';

let harness: Harness;
/** As a service connects: row-level security binds it, unlike the superuser of the other specifications. */
let db: Kysely<AnalyticsTables>;
const now = Date.now();

beforeAll(async () => {
  harness = await startHarness();
  await harness.start();
  await harness.publishAll(generateHistory(1, 60));
  // Answers once everything is projected.
  bodyOf(await harness.ask('listSessions', tenantA));
  db = createDatabase({ url: await harness.asRole(schemaName), schema: schemaName, applicationName: 'wall' });
});
afterAll(async () => {
  await db?.destroy();
  await harness?.[Symbol.asyncDispose]();
});

async function protectedTables(): Promise<{ name: string; walled: boolean }[]> {
  const tables = sql<{ name: string; walled: boolean }>`
    select relname as name, relrowsecurity as walled
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where relnamespace = ${schemaName}::regnamespace and relkind in ('r', 'p') and not relispartition and attname = 'tenant'`;
  return (await tables.execute(db)).rows;
}

describe('behind the tenant filter of the queries', () => {
  it('every table with rows of tenants has a wall', async () => {
    const tables = await protectedTables();
    expect(tables.length).toBeGreaterThan(5);
    expect(tables.filter(({ walled }) => !walled)).toEqual([]);
  });

  it('a connection of one tenant reads nothing of another without any filter', async () => {
    for (const { name } of await protectedTables()) {
      const owners = { own: sql<boolean>`tenant = ${tenantA}`, foreign: sql<boolean>`tenant <> ${tenantA}` };
      const counted = (of: Kysely<AnalyticsTables>) => countByOwner(of, name, owners);
      const all = await counted(db);
      const mine = await counted(databaseOfTenant(db, tenantA));
      expect(mine, name).toEqual({ own: all.own, foreign: 0 });
      if (name.startsWith('message')) expect(all.own * all.foreign, name).toBeGreaterThan(0);
    }
  });

  it('a query that filters by another tenant finds nothing', async () => {
    const { session_id: sessionId, message_id: messageId } = await db
      .selectFrom('message_view')
      .select(['session_id', 'message_id'])
      .where('tenant', '=', tenantB)
      .where('status', '=', 'failed')
      .where('direction', '=', 'out')
      .executeTakeFirstOrThrow();
    const ask = async (of: Kysely<AnalyticsTables>) => ({
      message: await findMessage(of, tenantB, messageId, (found) => found as never),
      messages: (await findMessages(of, tenantB, { direction: 'out', limit: 5 } as never, (found) => found as never))
        .data,
      failed: (await findFailedMessages(of, tenantB, { limit: 5 })).messages,
      failedMessage: await findFailedMessage(of, tenantB, messageId),
      sessions: (await findSessions(of, tenantB, now)).sessions,
      session: await findSession(of, tenantB, sessionId, now),
      route: await findSessionRoute(of, tenantB, sessionId),
      firstSession: (await findFirstSession(of, tenantB, undefined)).session,
      defaultSession: await findDefaultSession(of, tenantB, undefined),
      uptime: await readSessionUptime(of, tenantB, { sessionId, days: 7 }, now),
      stats: (await readMessageStats(of, tenantB, { days: 366, timeZone: 'UTC' }, now)).totals.total,
      latency: (await readMessageLatency(of, tenantB, { days: 366 }, now)).acceptedToSent.count,
    });
    expect(await ask(databaseOfTenant(db, tenantA))).toEqual({
      message: undefined,
      messages: [],
      failed: [],
      failedMessage: 'not-found',
      sessions: [],
      session: undefined,
      route: undefined,
      firstSession: null,
      defaultSession: undefined,
      uptime: undefined,
      stats: 0,
      latency: 0,
    });
    expect(await ask(databaseOfTenant(db, tenantB))).toMatchObject({
      message: { messageId },
      failedMessage: { sessionId },
    });
  });
});
