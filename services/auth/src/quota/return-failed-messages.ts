/**
 * Gives messages that failed without fault of their sender back to their day, once. Read from the log in bursts: failures are few among the events of
 * messages, which are most of the log, and one that is heard by itself costs an idle process a wake-up. The others are known by their headers.
 */
import { streams, subjects } from '@wam/contracts';
import { createLogFollower, type Following, initialiseCheckpoint, verifyCheckpoint } from '@wam/event-store';
import type { Service } from '@wam/service-kit';
import { openEventReader, streamState } from '@wam/service-kit/nats';
import { sql, type Transaction, unnestRows } from '@wam/service-kit/postgres';
import { alwaysReady, isOtherLog, type LogReaderDeps, writeOnce } from '../log/write-once.ts';
import type { AuthTables } from '../storage/schema.ts';
import { type GivenBack, givenBackBy } from './given-back.ts';
import { subtractUsage } from './usage-table.ts';

/** Of its checkpoint. */
const name = 'failures';
/** Customers look at their day in seconds. */
const paceMs = 1_000;
/** Hardly any of them is a failure; each page is a transaction. */
const eventsPerPage = 10_000;
const dayMs = 86_400_000;
/** A message fails within half an hour of its day, wherever on earth that ends; operators drop letters later, and that day is over. */
const givenForDays = 3;
const keptForDays = givenForDays + 2;

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export function createReturnFailedMessages({ db, nc, clock, logger }: LogReaderDeps): Service {
  const logState = () => streamState(nc, streams.events.name);

  async function readToEnd({ stopping, standBy }: Following): Promise<void> {
    let log = await logState();
    const { incarnation, lastSeq } = log;
    // What failed before auth first ran with this does not say on which day it was counted.
    const checkpoint = await initialiseCheckpoint(db, name, { incarnation, seq: lastSeq });
    // Another process may have moved the checkpoint meanwhile, beyond what was the end.
    if (checkpoint.seq > lastSeq) log = await logState();
    verifyCheckpoint(name, checkpoint, log);
    standBy();
    if (checkpoint.seq === log.lastSeq) return;
    await using reader = await openEventReader(nc, {
      filter: subjects.eventsOfDomain('message'),
      from: checkpoint.seq + 1,
      types: ['MessageFailed'],
    });
    for (let atEnd = false; !atEnd && !stopping.aborted; ) {
      const page = await reader.next(eventsPerPage);
      ({ atEnd } = page);
      await writeOnce(db, { name, incarnation, toSeq: page.readTo, events: page.events }, async (trx, events) =>
        giveBack(
          trx,
          events.map(({ event }) => event),
        ),
      );
    }
  }
  async function giveBack(trx: Transaction<AuthTables>, events: Parameters<typeof givenBackBy>[0]): Promise<void> {
    const nowMs = clock.now();
    const returned = await returnOnce(trx, givenBackBy(events, dateOf(nowMs - givenForDays * dayMs)));
    if (returned.length === 0) return;
    for (const { tenant, day, count } of returned) await subtractUsage(trx, { tenant, day, count });
    await sql`delete from message_return where day < ${dateOf(nowMs - keptForDays * dayMs)}::date`.execute(trx);
  }

  const what = 'giving back failed messages';
  const service = createLogFollower({
    name: what,
    what,
    follow: readToEnd,
    isFinal: isOtherLog,
    retryMs: paceMs,
    clock,
    logger,
  });
  return { ...service, ...alwaysReady(service) };
}

/** How many by account and day, in the order in which holders lock their days. */
async function returnOnce(trx: Transaction<AuthTables>, given: readonly GivenBack[]) {
  if (given.length === 0) return [];
  const rows = given.map(({ messageId, tenant, day }) => ({ message_id: messageId, tenant, day }));
  const { rows: returned } = await sql<{ tenant: string; day: string; count: number }>`
    with new as (
      insert into message_return (message_id, tenant, day)
      select message_id, tenant, day from ${unnestRows({ message_id: 'text', tenant: 'uuid', day: 'date' }, rows, 'given')}
      on conflict do nothing returning tenant, day)
    select tenant, day, count(*) as count from new group by tenant, day order by tenant, day`.execute(trx);
  return returned;
}
