/**
 * Messages of the day held by somebody who uses them up later, such as a session that sends a campaign. The holder says how many it knows of; what
 * was counted beyond that, because an answer was lost or the holder died before it had written it down, is given back. So the day is
 * counted exactly, whoever is killed when.
 */
import type { HeldMessages, HoldMessages, RejectionBody } from '@wam/contracts';
import { endOfLocalDay, localDayAt } from '@wam/service-kit';
import { inTransaction, type Kysely, sql } from '@wam/service-kit/postgres';
import { findAccount } from '../account/account-table.ts';
import type { AuthTables } from '../storage/schema.ts';
import type { MessageQuotaDeps } from './reserve-messages.ts';
import { addUsage, readUsage, subtractUsage } from './usage-table.ts';

export const createHoldMessages =
  ({ db, catalogue, nowMs }: MessageQuotaDeps) =>
  (request: HoldMessages): Promise<HeldMessages | RejectionBody> =>
    inTransaction(db, async (trx) => {
      const { tenant, holder, revision, kept, more } = request;
      const account = await findAccount(trx, tenant);
      if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
      const before = await lockHold(trx, tenant, holder);
      // Overtaken: the holder has asked again since, from what it knew then.
      if (before.revision >= revision) return { code: 'CONFLICT', message: 'Asked again since' };
      if (before.day !== null) {
        const known = kept?.day === before.day ? kept.count : 0;
        if (known < before.count) await subtractUsage(trx, { tenant, day: before.day, count: before.count - known });
      }

      const localDay = localDayAt(nowMs(), account.timeZone);
      const limit = catalogue.effective(account.plan).plan.messagesPerDay;
      let usage = await readUsage(trx, tenant, localDay);
      let granted = 0;
      for (let wanted = more; wanted > 0; ) {
        wanted = Math.min(wanted, limit - usage.used);
        if (wanted <= 0) break;
        const counted = await addUsage(trx, { tenant, localDay, count: wanted, limit }, account);
        if (counted !== undefined) {
          usage = counted;
          granted = wanted;
          break;
        }
        // Somebody else was faster, or the account is on another plan by now: then the next look is for less, or the holder asks again.
        usage = await readUsage(trx, tenant, localDay);
        wanted -= 1;
      }
      const { day, used } = usage;
      const count = (kept?.day === day ? kept.count : 0) + granted;
      await trx
        .updateTable('message_hold')
        .set({ day, count, revision })
        .where('tenant', '=', tenant)
        .where('holder', '=', holder)
        .execute();
      const resetsAt = new Date(endOfLocalDay(day, account.timeZone)).toISOString();
      return { day, granted, limit, used, resetsAt };
    });

async function lockHold(trx: Kysely<AuthTables>, tenant: string, holder: string) {
  await sql`insert into message_hold (tenant, holder) values (${tenant}, ${holder}) on conflict do nothing`.execute(
    trx,
  );
  return trx
    .selectFrom('message_hold')
    .select(['day', 'count', 'revision'])
    .where('tenant', '=', tenant)
    .where('holder', '=', holder)
    .forUpdate()
    .executeTakeFirstOrThrow();
}
