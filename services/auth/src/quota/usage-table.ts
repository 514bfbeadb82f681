/**
 * Messages counted per account and day. A date is a quota once: after a change of the time zone the date may be one that is over already,
 * then the latest date that was counted goes on until the zone's calendar passes it. So an account never gets more quotas than there are
 * dates, however often it moves.
 */
import { prepareStatement, type SqlExecutor, sql } from '@wam/service-kit/postgres';

export interface Usage {
  /** `YYYY-MM-DD` */
  day: string;
  used: number;
}

/** What of an account decides on its quota. */
export interface QuotaTerms {
  plan: string;
  timeZone: string;
}

const countUsage = prepareStatement<Usage>(`
  insert into message_usage as usage (tenant, day, used)
  select account.id,
    greatest($2::date, (select max(day) from message_usage where tenant = account.id)),
    $3::int
  from account
  where account.id = $1::uuid and account.plan = $5 and account.time_zone = $6 and $3::int <= $4::int
  on conflict (tenant, day) do update set used = usage.used + excluded.used
    where usage.used + excluded.used <= $4::int
  returning day, used`);

/**
 * Counts `count` messages on the quota day, if they fit under the limit as a whole; one statement, so that no two callers in any
 * process can exceed it together.
 * @param terms what day and limit come from
 * @returns where they were counted; undefined when they did not fit, or when the account is on other terms by now
 */
export async function addUsage(
  db: SqlExecutor,
  { tenant, localDay, count, limit }: { tenant: string; localDay: string; count: number; limit: number },
  { plan, timeZone }: QuotaTerms,
): Promise<Usage | undefined> {
  const [usage] = await countUsage(db, tenant, localDay, count, limit, plan, timeZone);
  return usage;
}

/** The quota day and what is used of it. */
export async function readUsage(db: SqlExecutor, tenant: string, localDay: string): Promise<Usage> {
  const { rows } = await sql<Usage>`
    select day, used from message_usage
    where tenant = ${tenant}::uuid and day >= ${localDay}::date
    order by day desc limit 1`.execute(db);
  return rows[0] ?? { day: localDay, used: 0 };
}

/** Never below zero: what was given back twice, or to a day that counts nothing, is lost. */
export async function subtractUsage(
  db: SqlExecutor,
  { tenant, day, count }: { tenant: string; day: string; count: number },
): Promise<void> {
  await sql`
    update message_usage set used = greatest(0, used - ${count}::int)
    where tenant = ${tenant}::uuid and day = ${day}::date`.execute(db);
}
