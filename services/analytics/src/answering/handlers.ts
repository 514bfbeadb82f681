/** The queries of this service by operation id. Every one sees only the tenant of the principal. */
import {
  errorCatalogue,
  internalRequests,
  operations,
  type RejectionBody,
  type ServiceReply,
  type ServiceRequest,
  staleAnswerHeader,
} from '@wam/contracts';
import type { OpenMessage } from '@wam/public-events';
import { type Clock, isTimeZone } from '@wam/service-kit';
import { answer, type RequestHandler, refuse } from '@wam/service-kit/nats';
import { databaseOfTenant, type Kysely } from '@wam/service-kit/postgres';
import { readCampaignStats } from '../campaign/query.ts';
import { readMessageStats } from '../counters/query.ts';
import type { AnalyticsTables } from '../database.ts';
import { readMessageLatency } from '../latency/query.ts';
import type { FindWaiting } from '../message/find-waiting.ts';
import { findMessages } from '../message/list-messages.ts';
import { createShowMessage } from '../message/message-view.ts';
import { findFailedMessage, findFailedMessages, findMessage } from '../message/query.ts';
import {
  findDefaultSession,
  findFirstSession,
  findSession,
  findSessionLabel,
  findSessionRoute,
  findSessionStatus,
  findSessions,
} from '../session/query.ts';
import { readSessionUptime } from '../uptime/query.ts';
import { messageFilterOf } from './message-filter.ts';
import type { ReadBarrier } from './read-barrier.ts';

export interface HandlerDependencies {
  db: Kysely<AnalyticsTables>;
  barrier: ReadBarrier;
  clock: Clock;
  open: OpenMessage;
  findWaiting: FindWaiting;
}

/** `db` shows rows of the tenant only, whatever is asked of it. */
type Query = (db: Kysely<AnalyticsTables>, tenant: string, request: ServiceRequest) => Promise<ServiceReply>;

export function createHandlers({
  db: all,
  barrier,
  clock,
  open,
  findWaiting,
}: HandlerDependencies): Record<string, RequestHandler> {
  const show = createShowMessage(open);
  const upToDate =
    (query: Query): RequestHandler =>
    async (request) => {
      if (request.principal === undefined) return refuse({ code: 'UNAUTHORIZED' });
      const isUpToDate = await barrier();
      const { tenant } = request.principal;
      const reply = await orNotYet(isUpToDate, () => query(databaseOfTenant(all, tenant), tenant, request));
      return isUpToDate ? reply : stale(reply);
    };
  /** What is missing while the read models are behind may have been accepted a moment ago: waits for it, and never says that there is none. */
  async function orNotYet(isUpToDate: boolean, query: () => Promise<ServiceReply>): Promise<ServiceReply> {
    const reply = await query();
    if (isUpToDate || !isMiss(reply)) return reply;
    const isSure = await barrier(missPatienceMs);
    const later = await query();
    return isSure || !isMiss(later) ? later : refuse({ code: 'SERVICE_UNAVAILABLE' });
  }

  return {
    [operations.listSessions.id]: upToDate(async (db, tenant) =>
      answer(200, await findSessions(db, tenant, clock.now())),
    ),

    [operations.getSession.id]: upToDate(async (db, tenant, { params }) =>
      found(await findSession(db, tenant, sessionIdOf(params), clock.now()), { code: 'SESSION_NOT_FOUND' }),
    ),

    [operations.getSessionStatus.id]: upToDate(async (db, tenant, { params }) =>
      found(await findSessionStatus(db, tenant, sessionIdOf(params), clock.now()), { code: 'SESSION_NOT_FOUND' }),
    ),

    [operations.getMessage.id]: upToDate(async (db, tenant, { params: { messageId = '' } }) => {
      const known = await findMessage(db, tenant, messageId, show);
      if (known !== undefined) return answer(200, known);
      const waiting = await findWaiting(tenant, messageId);
      if (waiting === 'unknown') return refuse({ code: 'SERVICE_UNAVAILABLE' });
      if (waiting !== undefined) return answer(200, waiting);
      // An engine may have taken it over meanwhile.
      const isSure = await barrier();
      const taken = await findMessage(db, tenant, messageId, show);
      return found(taken, { code: isSure ? 'MESSAGE_NOT_FOUND' : 'SERVICE_UNAVAILABLE' });
    }),

    [operations.listMessages.id]: upToDate(async (db, tenant, { query }) => {
      const filter = messageFilterOf(query);
      if ('code' in filter) return refuse(filter);
      return answer(200, await findMessages(db, tenant, { ...filter, ...sessionFilter(query) }, show));
    }),

    [operations.getWhatsAppStatus.id]: upToDate(async (db, tenant, { principal }) => {
      const { session } = await findFirstSession(db, tenant, networkFor(principal));
      const status = session && (await findSessionStatus(db, tenant, session.sessionId, clock.now()));
      return found(status ?? undefined, noDefaultSession);
    }),

    [operations.getMessageStats.id]: upToDate(async (db, tenant, { query }) => {
      const timeZone = text(query.timeZone) ?? 'UTC';
      if (!isTimeZone(timeZone))
        return refuse({
          code: 'VALIDATION_FAILED',
          message: 'timeZone must be the name of an IANA time zone, such as Asia/Kolkata',
          param: 'timeZone',
        });
      const wanted = { days: count(query.days, 7), timeZone, ...sessionFilter(query) };
      return answer(200, await readMessageStats(db, tenant, wanted, clock.now()));
    }),

    [operations.getMessageLatency.id]: upToDate(async (db, tenant, { query }) =>
      answer(
        200,
        await readMessageLatency(db, tenant, { days: count(query.days, 7), ...sessionFilter(query) }, clock.now()),
      ),
    ),

    [operations.getCampaignStats.id]: upToDate(async (db, tenant, { params }) =>
      found(await readCampaignStats(db, tenant, params.campaignId ?? ''), { code: 'CAMPAIGN_NOT_FOUND' }),
    ),

    [operations.getSessionUptime.id]: upToDate(async (db, tenant, { params, query }) => {
      const wanted = { sessionId: sessionIdOf(params), days: count(query.days, 7) };
      return found(await readSessionUptime(db, tenant, wanted, clock.now()), { code: 'SESSION_NOT_FOUND' });
    }),

    [operations.listFailedMessages.id]: upToDate(async (db, tenant, { query }) =>
      answer(200, await findFailedMessages(db, tenant, { limit: count(query.limit, 5), ...sessionFilter(query) })),
    ),

    // Only a miss has to wait, for the session may be new. Of one that has just moved, the engine it left knows more.
    [internalRequests.sessionRoute]: async ({ principal, params }) => {
      if (principal === undefined) return refuse({ code: 'UNAUTHORIZED' });
      const db = databaseOfTenant(all, principal.tenant);
      const route = () => findSessionRoute(db, principal.tenant, sessionIdOf(params));
      const known = await route();
      if (known !== undefined) return answer(200, known);
      return orNotYet(await barrier(), async () => found(await route(), { code: 'SESSION_NOT_FOUND' }));
    },

    [internalRequests.sessionLabel]: async ({ principal, params }) => {
      if (principal === undefined) return refuse({ code: 'UNAUTHORIZED' });
      const db = databaseOfTenant(all, principal.tenant);
      const label = () => findSessionLabel(db, principal.tenant, sessionIdOf(params));
      const known = await label();
      if (known !== undefined) return answer(200, known);
      return orNotYet(await barrier(), async () => found(await label(), { code: 'SESSION_NOT_FOUND' }));
    },

    [internalRequests.defaultSession]: upToDate(async (db, tenant, { principal }) =>
      found(await findDefaultSession(db, tenant, networkFor(principal)), { code: 'SESSION_NOT_CONNECTED' }),
    ),

    [internalRequests.firstSession]: upToDate(async (db, tenant, { principal }) =>
      answer(200, await findFirstSession(db, tenant, networkFor(principal))),
    ),

    [internalRequests.failedMessageRoute]: upToDate(async (db, tenant, { params }) => {
      const message = await findFailedMessage(db, tenant, params.messageId ?? '');
      if (message === 'not-found') return refuse({ code: 'MESSAGE_NOT_FOUND' });
      const route = message === 'not-failed' ? undefined : await findSessionRoute(db, tenant, message.sessionId);
      // A deleted session has taken the text with it.
      return found(route, { code: 'MESSAGE_NOT_RESENDABLE' });
    }),
  };
}

const noDefaultSession: RejectionBody = {
  code: 'SESSION_NOT_FOUND',
  message: 'This account has no session yet; create one with POST /api/whatsapp/init',
};

/** The gateway waits 10 s for an answer, and up to three waits of the usual time (2 s) are part of it. */
const missPatienceMs = 3_000;
const isMiss = (reply: ServiceReply): boolean => !reply.ok && missStatuses.has(errorCatalogue[reply.code].status);
/** Not there, or not known whether it is. */
const missStatuses: ReadonlySet<number> = new Set([404, 503]);

/** An old answer is better than none, but says so. */
const stale = (reply: ServiceReply): ServiceReply =>
  reply.ok ? { ...reply, headers: { ...reply.headers, [staleAnswerHeader.name]: 'true' } } : reply;

/** Test keys see the simulated network only. */
const networkFor = (principal: ServiceRequest['principal']): 'sandbox' | undefined =>
  principal?.mode === 'test' ? 'sandbox' : undefined;

/** Unknown and another tenant's are the same thing to the caller. */
const found = (body: unknown, otherwise: RejectionBody): ServiceReply =>
  body === undefined ? refuse(otherwise) : answer(200, body);

/** The edge has checked formats; this keeps an internal caller's slip from becoming a database error. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const nobody = '00000000-0000-0000-0000-000000000000';
const sessionIdOf = (params: Record<string, string>): string => {
  const sessionId = params.sessionId ?? '';
  return uuid.test(sessionId) ? sessionId : nobody;
};
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const count = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
const sessionFilter = (query: Record<string, unknown>): { sessionId?: string } => {
  const sessionId = text(query.sessionId);
  return sessionId === undefined ? {} : { sessionId: uuid.test(sessionId) ? sessionId : nobody };
};
