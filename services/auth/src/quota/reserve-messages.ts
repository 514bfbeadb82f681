import type { RejectionBody, ReleaseMessages, ReservedMessages, ReserveMessages } from '@wam/contracts';
import { endOfLocalDay } from '@wam/service-kit';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import { findAccount } from '../account/account-table.ts';
import { lockOnce, updateOnce } from '../idempotency/once-table.ts';
import type { PlanCatalogue } from '../plan/plan-catalogue.ts';
import type { AuthTables } from '../storage/schema.ts';
import { fitRequests } from './fit-requests.ts';
import { createToday } from './today.ts';
import { addUsage, type QuotaTerms, readUsage, subtractUsage, type Usage } from './usage-table.ts';

export interface MessageQuota {
  /** All or nothing, exact over any number of callers, processes and restarts. */
  reserve(request: ReserveMessages): Promise<ReservedMessages | RejectionBody>;
  release(request: ReleaseMessages): Promise<RejectionBody | undefined>;
}
export interface MessageQuotaDeps {
  db: Kysely<AuthTables>;
  catalogue: PlanCatalogue;
  nowMs: () => number;
}
interface Waiting {
  count: number;
  settle: (reply: ReservedMessages | RejectionBody) => void;
  fail: (error: unknown) => void;
}

/** Accounts whose terms are remembered. */
const maxRemembered = 50_000;

/**
 * While a reservation of a tenant is at the database, the next ones gather and go there together: a tenant that sends a thousand
 * messages a second costs as many statements as the database answers one after another. The statement itself sees to it that the remembered terms
 * are still those of the account, so it is the only one, as long as all fit.
 */
export function createMessageQuota({ db, catalogue, nowMs }: MessageQuotaDeps): MessageQuota {
  const queues = new Map<string, Waiting[]>();
  const knownTerms = new Map<string, QuotaTerms>();
  const today = createToday();

  function quotaOf({ plan, timeZone }: QuotaTerms) {
    const limit = catalogue.effective(plan).plan.messagesPerDay;
    const { day: localDay, resetsAt } = today(nowMs(), timeZone);
    const facts = ({ day, used }: Usage) => ({
      limit,
      used,
      resetsAt: day === localDay ? resetsAt : new Date(endOfLocalDay(day, timeZone)).toISOString(),
    });
    return { limit, localDay, facts };
  }

  /** Alone, in one transaction with the note that it was taken. A repeat gets the day of the first time. */
  const reserveOnce = ({ tenant, count, idempotencyId }: ReserveMessages & { idempotencyId: string }) =>
    inTransaction(db, async (trx): Promise<ReservedMessages | RejectionBody> => {
      const once = await lockOnce(trx, tenant, idempotencyId);
      for (;;) {
        const account = await findAccount(trx, tenant);
        if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
        const { limit, localDay, facts } = quotaOf(account);
        const taken = once?.reserved_day ?? undefined;
        if (taken !== undefined) {
          const { used } = await readUsage(trx, tenant, localDay);
          return { day: taken, ...facts({ day: taken, used }) };
        }
        const usage = await addUsage(trx, { tenant, localDay, count, limit }, account);
        if (usage !== undefined) {
          if (once !== undefined) await updateOnce(trx, once.id, { reserved_day: usage.day, reserved_count: count });
          return { day: usage.day, ...facts(usage) };
        }
        const found = await readUsage(trx, tenant, localDay);
        // Otherwise the plan was changed in between, or something was given back.
        if (found.used + count > limit) return { code: 'DAILY_LIMIT_REACHED', details: facts(found) };
      }
    });

  async function drain(tenant: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0);
      try {
        await reserveTogether(tenant, batch);
      } catch (error) {
        for (const request of batch) request.fail(error);
      }
    }
    queues.delete(tenant);
  }

  /** One statement when all fit. Otherwise those that fit into what is left go first, and are counted before the others are refused. */
  async function reserveTogether(tenant: string, batch: readonly Waiting[]): Promise<void> {
    async function tryToCount(requests: readonly Waiting[], terms: QuotaTerms): Promise<boolean> {
      const { limit, localDay, facts } = quotaOf(terms);
      const count = requests.reduce((sum, request) => sum + request.count, 0);
      const usage = await addUsage(db, { tenant, localDay, count, limit }, terms);
      if (usage === undefined) return false;
      const reserved = { day: usage.day, ...facts(usage) };
      for (const request of requests) request.settle(reserved);
      return true;
    }

    const known = knownTerms.get(tenant);
    if (known !== undefined && (await tryToCount(batch, known))) return;
    let open = batch;
    while (open.length > 0) {
      const account = await findAccount(db, tenant);
      if (account === undefined) {
        for (const request of open) request.settle({ code: 'ACCOUNT_NOT_FOUND' });
        return;
      }
      const { plan, timeZone } = account;
      if (knownTerms.size >= maxRemembered) knownTerms.clear();
      knownTerms.set(tenant, { plan, timeZone });
      const { limit, localDay, facts } = quotaOf(account);
      const usage = await readUsage(db, tenant, localDay);
      const { fit, tooLarge } = fitRequests(open, limit - usage.used);
      if (fit.length === 0) {
        for (const request of open) request.settle({ code: 'DAILY_LIMIT_REACHED', details: facts(usage) });
        return;
      }
      // Not counted: somebody else was faster, or gave something back. Then what is left is looked at again.
      if (await tryToCount(fit, account)) open = tooLarge;
    }
  }

  return {
    reserve({ tenant, count, idempotencyId }) {
      if (idempotencyId !== undefined) return reserveOnce({ tenant, count, idempotencyId });
      const { promise, resolve, reject } = Promise.withResolvers<ReservedMessages | RejectionBody>();
      const waiting = { count, settle: resolve, fail: reject };
      const queue = queues.get(tenant);
      if (queue !== undefined) {
        queue.push(waiting);
      } else {
        const started = [waiting];
        queues.set(tenant, started);
        // Its failures are those of the requests in it.
        void drain(tenant, started);
      }
      return promise;
    },
    async release({ tenant, count, day }) {
      if (day !== undefined) {
        await subtractUsage(db, { tenant, day, count });
        return undefined;
      }
      const account = await findAccount(db, tenant);
      if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
      const usage = await readUsage(db, tenant, today(nowMs(), account.timeZone).day);
      await subtractUsage(db, { tenant, day: usage.day, count });
      return undefined;
    },
  };
}
