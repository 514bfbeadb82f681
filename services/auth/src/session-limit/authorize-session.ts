import type { AuthorizedSession, AuthorizeSession, RejectionBody } from '@wam/contracts';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import { lockAccount } from '../account/account-table.ts';
import type { PlanCatalogue } from '../plan/plan-catalogue.ts';
import type { AuthTables } from '../storage/schema.ts';
import { countSessions, deleteExpiredReservations, reserveSession } from './session-owner-table.ts';

export interface AuthorizeSessionDeps {
  db: Kysely<AuthTables>;
  catalogue: PlanCatalogue;
  now: () => Date;
  /** Answers whether all sessions deleted by now are known to be, after a bounded wait. */
  catchUp: (tenant: string) => Promise<boolean>;
}

/** How long a place is kept for a session whose creation is under way. */
export const reservationMs = 2 * 60_000;

/**
 * A place for a session about to be created. Exact under races: places of an account are given under its lock. Before it refuses, it waits
 * for deletions that are still on their way, so that a session deleted a moment ago makes room at once; SERVICE_UNAVAILABLE when they do not come.
 */
export async function authorizeSession(
  request: AuthorizeSession,
  deps: AuthorizeSessionDeps,
): Promise<AuthorizedSession | RejectionBody> {
  const taken = await takePlace(request, deps);
  if (!isAtLimit(taken)) return taken;
  const isSure = await deps.catchUp(request.tenant);
  const again = await takePlace(request, deps);
  return isAtLimit(again) && !isSure ? notCounted : again;
}

const isAtLimit = (taken: AuthorizedSession | RejectionBody): boolean =>
  'code' in taken && taken.code === 'SESSION_LIMIT_REACHED';

const notCounted: RejectionBody = {
  code: 'SERVICE_UNAVAILABLE',
  message:
    'All sessions of the plan were in use, and what was deleted in the last moments is not counted yet: send it again',
};

const takePlace = (
  { tenant, sessionId }: AuthorizeSession,
  { db, catalogue, now }: AuthorizeSessionDeps,
): Promise<AuthorizedSession | RejectionBody> =>
  inTransaction(db, async (trx) => {
    const account = await lockAccount(trx, tenant);
    if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
    const { plan } = catalogue.effective(account.plan);
    const at = now();
    await deleteExpiredReservations(trx, tenant, at);
    const others = await countSessions(trx, tenant, { now: at, except: sessionId });
    if (others >= plan.sessions) {
      const included = `${plan.sessions} session${plan.sessions === 1 ? '' : 's'}`;
      const message = `The plan ${plan.name} includes ${included}: delete one, or change to a larger plan`;
      return { code: 'SESSION_LIMIT_REACHED', message, details: { limit: plan.sessions, used: others } };
    }
    await reserveSession(trx, { sessionId, tenant, until: new Date(at.getTime() + reservationMs) });
    return { pool: account.pool };
  });
