import {
  type RejectionBody,
  type ReleaseMessages,
  type ReservedMessages,
  type ReserveMessages,
  reservedAheadMs,
} from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import type { Account } from '../account/account.ts';
import { findAccount } from '../account/account-table.ts';
import { lockOnce, updateOnce } from '../idempotency/once-table.ts';
import type { PlanCatalogue } from '../plan/plan-catalogue.ts';
import type { AuthTables } from '../storage/schema.ts';
import { fitRequests } from './fit-requests.ts';
import { endOfLocalDay, localDayAt } from './local-day.ts';
import { addUsage, readUsage, subtractUsage, type Usage } from './usage-table.ts';

export interface MessageQuota {
  /** All or nothing, exact over any number of callers, processes and restarts. */
  reserve(request: ReserveMessages): Promise<ReservedMessages | RejectionBody>;
  release(request: ReleaseMessages): Promise<RejectionBody | undefined>;
}
export interface MessageQuotaDeps {
  db: Kysely<AuthTables>;
  catalogue: PlanCatalogue;
  clock: Clock;
}
interface UsedUp {
  usedUp: Usage;
  refusal: RejectionBody;
}
interface Waiting {
  count: number;
  ahead: number;
  settle: (reply: ReservedMessages | RejectionBody) => void;
  fail: (error: unknown) => void;
}

/** What is reserved ahead must leave so much of the day, so that hardly anybody ever waits for it to come back. */
const keptFree = 1_000;
/** What was reserved ahead is back by then, or whoever had it is gone: the way of the answer and of the release, several times over. */
const aheadBackMs = 5 * reservedAheadMs;

/**
 * While a reservation of a tenant is at the database, the next ones gather and go there together: a tenant that sends a thousand
 * messages a second costs as many statements as the database answers one after another.
 */
export function createMessageQuota({ db, catalogue, clock }: MessageQuotaDeps): MessageQuota {
  const queues = new Map<string, Waiting[]>();

  function termsOf({ plan, timeZone }: Account) {
    const limit = catalogue.effective(plan).plan.messagesPerDay;
    const facts = ({ day, used }: Usage) => ({
      limit,
      used,
      resetsAt: new Date(endOfLocalDay(day, timeZone)).toISOString(),
    });
    return { limit, facts };
  }

  /** @returns whether there was anything to wait for */
  async function awaitAhead({ aheadUntil }: Usage): Promise<boolean> {
    const waitMs = (aheadUntil?.getTime() ?? 0) - clock.now();
    if (waitMs <= 0) return false;
    await clock.sleep(Math.min(waitMs, aheadBackMs));
    return true;
  }

  /** Alone, in one transaction with the note that it was taken. A repeat gets the day of the first time. */
  const tryOnce = ({ tenant, count, idempotencyId }: ReserveMessages & { idempotencyId: string }) =>
    inTransaction(db, async (trx): Promise<ReservedMessages | RejectionBody | UsedUp> => {
      const once = await lockOnce(trx, tenant, idempotencyId);
      const account = await findAccount(trx, tenant);
      if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
      const localDay = localDayAt(clock.now(), account.timeZone);
      const { limit, facts } = termsOf(account);
      const taken = once?.reserved_day ?? undefined;
      const usage =
        taken === undefined
          ? await addUsage(trx, { tenant, localDay, count, limit })
          : { ...(await readUsage(trx, tenant, localDay)), day: taken };
      if (usage === undefined) {
        const usedUp = await readUsage(trx, tenant, localDay);
        return { usedUp, refusal: { code: 'DAILY_LIMIT_REACHED', details: facts(usedUp) } };
      }
      if (taken === undefined && once !== undefined)
        await updateOnce(trx, once.id, { reserved_day: usage.day, reserved_count: count });
      return { day: usage.day, ...facts(usage) };
    });
  async function reserveOnce(request: ReserveMessages & { idempotencyId: string }) {
    for (let waited = false; ; waited = true) {
      const outcome = await tryOnce(request);
      if (!('usedUp' in outcome)) return outcome;
      if (waited || !(await awaitAhead(outcome.usedUp))) return outcome.refusal;
    }
  }

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
    const account = await findAccount(db, tenant);
    if (account === undefined) {
      for (const request of batch) request.settle({ code: 'ACCOUNT_NOT_FOUND' });
      return;
    }
    const localDay = localDayAt(clock.now(), account.timeZone);
    const { limit, facts } = termsOf(account);
    const sumOf = (requests: readonly Waiting[], part: 'count' | 'ahead') =>
      requests.reduce((sum, request) => sum + request[part], 0);
    async function tryToCount(requests: readonly Waiting[]): Promise<boolean> {
      const count = sumOf(requests, 'count');
      const usage = await addUsage(db, { tenant, localDay, count, limit });
      if (usage === undefined) return false;
      for (const request of requests) request.settle({ day: usage.day, ...facts(usage) });
      return true;
    }
    async function tryToCountAhead(requests: readonly Waiting[]): Promise<boolean> {
      const ahead = sumOf(requests, 'ahead');
      if (ahead === 0) return false;
      const usage = await addUsage(db, {
        tenant,
        localDay,
        count: sumOf(requests, 'count') + ahead,
        limit: limit - keptFree,
        aheadUntil: new Date(clock.now() + aheadBackMs),
      });
      if (usage === undefined) return false;
      for (const request of requests) request.settle({ day: usage.day, ...facts(usage), ahead: request.ahead });
      return true;
    }

    if (await tryToCountAhead(batch)) return;
    let waited = false;
    let open = batch;
    while (open.length > 0) {
      if (await tryToCount(open)) return;
      const usage = await readUsage(db, tenant, localDay);
      const { fit, tooLarge } = fitRequests(open, limit - usage.used);
      if (fit.length === 0) {
        if (!waited && (await awaitAhead(usage))) {
          waited = true;
          continue;
        }
        for (const request of open) request.settle({ code: 'DAILY_LIMIT_REACHED', details: facts(usage) });
        return;
      }
      // Not counted: somebody else was faster, or gave something back. Then what is left is looked at again.
      if (await tryToCount(fit)) open = tooLarge;
    }
  }

  return {
    reserve({ tenant, count, ahead = 0, idempotencyId }) {
      if (idempotencyId !== undefined) return reserveOnce({ tenant, count, idempotencyId });
      const { promise, resolve, reject } = Promise.withResolvers<ReservedMessages | RejectionBody>();
      const waiting = { count, ahead, settle: resolve, fail: reject };
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
      const usage = await readUsage(db, tenant, localDayAt(clock.now(), account.timeZone));
      await subtractUsage(db, { tenant, day: usage.day, count });
      return undefined;
    },
  };
}
