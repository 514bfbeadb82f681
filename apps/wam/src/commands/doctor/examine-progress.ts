/** What `wam doctor` looks at on bus and in tables together: who reads the log how far, and what waits for too long. */
import { streams, subjects } from '@wam/contracts';
import type { Env } from '@wam/service-kit';
import { type NatsConnection, storedAtOfNext, streamState } from '@wam/service-kit/nats';
import { createDatabase, type Kysely, sql } from '@wam/service-kit/postgres';
import { onBus } from '../on-bus.ts';
import type { PoolOverview } from '../pool-overview.ts';
import type { DatabaseSettings } from './examine-database.ts';
import { type Finding, fault } from './finding.ts';
import { judgeOverdue, judgeReader, judgeUnserved, type ReaderFacts } from './judge-progress.ts';

/** Who reads which part of the log; each keeps its place in `checkpoint` of its schema. */
const readers = [
  { schema: 'analytics', subject: subjects.allEvents },
  { schema: 'dispatcher', subject: subjects.allEvents },
  { schema: 'webhooks', subject: subjects.allEvents },
  { schema: 'auth', name: 'sessions', subject: subjects.eventsOfDomain('session') },
  { schema: 'auth', name: 'failures', subject: subjects.eventsOfDomain('message') },
] as const;
const patienceMs = 5_000;

/** @param pools as the leases tell them */
export async function examineProgress(
  env: Env,
  { DATABASE_URL }: DatabaseSettings,
  pools: readonly PoolOverview[],
): Promise<Finding[]> {
  await using db = createDatabase<unknown>({
    url: DATABASE_URL.reveal(),
    schema: 'public',
    applicationName: 'wam-doctor',
    max: 1,
    statementTimeoutMs: patienceMs,
  });
  try {
    const read = await onBus(env, (nats) => readerFindings(db, nats));
    return [...read, ...(await overdue(db)), ...(await unserved(db, pools))];
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return [fault('progress', says, 'set DATABASE_URL_FILE to operator.url, and use the credentials of `operator`')];
  }
}

const isThere = async (db: Kysely<unknown>, table: string): Promise<boolean> =>
  (await sql<{ found: boolean }>`select to_regclass(${table}) is not null as found`.execute(db)).rows[0]!.found;

async function readerFindings(db: Kysely<unknown>, nats: NatsConnection): Promise<Finding[]> {
  const { name } = streams.events;
  const findings: Finding[] = [];
  for (const { schema, subject, ...only } of readers) {
    if (!(await isThere(db, `${schema}.checkpoint`))) continue;
    const { rows } = await sql<{ name: string; incarnation: string; seq: number }>`
      select name, incarnation, seq from ${sql.id(schema, 'checkpoint')} order by name`.execute(db);
    for (const { name: reader, incarnation, seq } of rows) {
      if ('name' in only && only.name !== reader) continue;
      // Asked after the checkpoint: a log that is shorter then has lost something.
      const log = await streamState(nats, name);
      const facts: ReaderFacts = { schema, incarnation, seq, log };
      const next = await storedAtOfNext(nats, name, { fromSeq: seq + 1, subject });
      findings.push(
        judgeReader({ ...facts, ...(next === undefined ? {} : { behindMs: Date.now() - next.getTime() }) }),
      );
    }
  }
  return findings;
}

/** Tables whose rows are there for moments only, unless something does not work. */
async function overdue(db: Kysely<unknown>): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (await isThere(db, 'engine.outbound')) {
    const { rows } = await sql<{ count: number }>`select count(*) as count from engine.outbound
      where state = 'waiting' and not_after < now() - interval '1 minute'`.execute(db);
    findings.push(judgeOverdue('messages', rows[0]!.count));
  }
  if (await isThere(db, 'webhooks.delivery')) {
    const { rows } = await sql<{ count: number }>`select count(*) as count from webhooks.delivery d
      join webhooks.webhook w on w.id = d.webhook_id
      where w.status = 'active' and w.failing_since is null
        and d.status = 'pending' and d.next_attempt_at < now() - interval '5 minutes'`.execute(db);
    findings.push(judgeOverdue('deliveries', rows[0]!.count));
  }
  if (await isThere(db, 'auth.outbox')) {
    const { rows } = await sql<{ count: number }>`select count(*) as count from auth.outbox
      where created_at < now() - interval '1 minute'`.execute(db);
    findings.push(judgeOverdue('account events', rows[0]!.count));
  }
  return findings;
}

async function unserved(db: Kysely<unknown>, pools: readonly PoolOverview[]): Promise<Finding[]> {
  if (!(await isThere(db, 'engine.wa_session'))) return [];
  const { rows } = await sql<{ pool: string; sessions: number }>`select pool, count(*) as sessions
    from engine.wa_session where deleted_at is null group by pool order by pool`.execute(db);
  return judgeUnserved(rows, pools);
}
