/** Whole tables as plain rows, for comparing a rebuild, a restart or a recount with the live ones. */
import { type Kysely, sql } from '@wam/service-kit/postgres';
import { recountCampaigns } from '../campaign/messages-table.ts';
import { contributionOf, countNames } from '../counters/projection.ts';
import { rollUpCounters } from '../counters/table.ts';
import type { AnalyticsTables } from '../database.ts';
import { fromTable } from '../message/table.ts';

export interface Tables {
  messages: unknown[];
  counters: unknown[];
  rollups: unknown[];
  totals: unknown[];
  latencies: unknown[];
  sessions: unknown[];
  connections: unknown[];
  campaigns: unknown[];
  campaignCounters: unknown[];
}

export async function readTables(db: Kysely<AnalyticsTables>): Promise<Tables> {
  return {
    messages: await db.selectFrom('message_view').selectAll().orderBy('message_id').orderBy('tenant').execute(),
    counters: await db
      .selectFrom('message_counter')
      .selectAll()
      .where(sql<boolean>`(sent, delivered, read, failed, received) <> (0, 0, 0, 0, 0)`)
      .orderBy('tenant')
      .orderBy('bucket_at')
      .orderBy('session_id')
      .execute(),
    rollups: await db
      .selectFrom('message_rollup')
      .selectAll()
      .where(sql<boolean>`(sent, delivered, read, failed, received) <> (0, 0, 0, 0, 0)`)
      .orderBy('tenant')
      .orderBy('span_minutes')
      .orderBy('bucket_at')
      .orderBy('session_id')
      .execute(),
    totals: await db
      .selectFrom('session_counter')
      .selectAll()
      .where(sql<boolean>`(sent, received) <> (0, 0)`)
      .orderBy('tenant')
      .orderBy('session_id')
      .execute(),
    latencies: await db
      .selectFrom('message_latency')
      .selectAll()
      .where(sql<boolean>`histograms <> '{}'`)
      .orderBy('tenant')
      .orderBy('hour_at')
      .orderBy('session_id')
      .execute(),
    sessions: await db.selectFrom('session_view').selectAll().orderBy('tenant').orderBy('session_id').execute(),
    connections: await db
      .selectFrom('session_connection')
      .selectAll()
      .orderBy('tenant')
      .orderBy('session_id')
      .orderBy('connected_at')
      .execute(),
    campaigns: await db.selectFrom('campaign_view').selectAll().orderBy('tenant').orderBy('campaign_id').execute(),
    campaignCounters: await db
      .selectFrom('campaign_counter')
      .selectAll()
      .where(sql<boolean>`(sent, delivered, read, failed) <> (0, 0, 0, 0)`)
      .orderBy('tenant')
      .orderBy('campaign_id')
      .execute(),
  };
}

/** What the counters must be, counted again from the rows of the messages. */
export async function recount(db: Kysely<AnalyticsTables>): Promise<unknown[]> {
  const counters = new Map<string, Record<string, unknown>>();
  for (const found of await db.selectFrom('message_view').selectAll().execute()) {
    const one = contributionOf(fromTable(found));
    if (one === undefined) continue;
    const key = `${one.tenant} ${one.bucketAt} ${one.sessionId}`;
    const row = counters.get(key) ?? {
      tenant: one.tenant,
      bucket_at: new Date(one.bucketAt),
      session_id: one.sessionId,
      ...{ sent: 0, delivered: 0, read: 0, failed: 0, received: 0 },
    };
    for (const name of countNames) row[name] = Number(row[name]) + one[name];
    counters.set(key, row);
  }
  return [...counters]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row)
    .filter((row) => countNames.some((name) => row[name] !== 0));
}

/** The same for the campaigns. */
export async function recountCampaignMessages(db: Kysely<AnalyticsTables>): Promise<unknown[]> {
  const { rows } = await sql`
    select * from (${recountCampaigns('message_view')}) as recount
    where (sent, delivered, read, failed) <> (0, 0, 0, 0) order by tenant, campaign_id`.execute(db);
  return rows;
}

/** The longer spans, counted again from the quarters. */
export async function recountRollups(db: Kysely<AnalyticsTables>): Promise<unknown[]> {
  const { rows } = await sql`
    select * from (${rollUpCounters('message_counter')}) as recount
    where (sent, delivered, read, failed, received) <> (0, 0, 0, 0, 0)
    order by tenant, span_minutes, bucket_at, session_id`.execute(db);
  return rows;
}
