/** Follows `evt.message.>` for messages that failed without fault of their sender: each is given back to its day, once. */
import type { Service } from '@wam/service-kit';
import { sql, type Transaction, unnestRows } from '@wam/service-kit/postgres';
import { createDomainFollower, type DomainFollowerDeps } from '../log/follow-log.ts';
import type { AuthTables } from '../storage/schema.ts';
import { type GivenBack, givenBackBy } from './given-back.ts';
import { subtractUsage } from './usage-table.ts';

/** Customers look at their day in seconds, and most batches have nothing for it. */
const paceMs = 500;
const dayMs = 86_400_000;
/** A message fails within half an hour of its day, wherever on earth that ends; operators drop letters later, and that day is over. */
const givenForDays = 3;
const keptForDays = givenForDays + 2;

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const createFailureFollower = (deps: DomainFollowerDeps): Service =>
  createDomainFollower(
    {
      name: 'failures',
      domain: 'message',
      // What failed before this release does not say on which day it was counted.
      from: 'end',
      paceMs,
      async apply(trx, events) {
        const nowMs = deps.clock.now();
        const returned = await returnOnce(trx, givenBackBy(events, dateOf(nowMs - givenForDays * dayMs)));
        if (returned.length === 0) return;
        for (const { tenant, day, count } of returned) await subtractUsage(trx, { tenant, day, count });
        await sql`delete from message_return where day < ${dateOf(nowMs - keptForDays * dayMs)}::date`.execute(trx);
      },
    },
    deps,
  );

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
