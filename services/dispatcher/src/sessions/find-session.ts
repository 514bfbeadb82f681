/** Which session a bulk send uses, asked of the service that knows sessions. */
import {
  type AnswerOf,
  type getSession,
  internalRequests,
  type Principal,
  type Rejection,
  type RejectionBody,
  reject,
  type ServiceReply,
  type SessionRouteReply,
  subjects,
} from '@wam/contracts';
import type { Requester } from '@wam/service-kit/nats';
import type { UsedSession } from '../campaign/plan-bulk-send.ts';

const timeoutMs = 5000;

export interface Asker {
  principal: Principal;
  requestId: string;
}

/**
 * The named session, or the oldest connected one of the account.
 * SESSION_NOT_FOUND (also for another tenant's), SESSION_NOT_CONNECTED when none is named and none is connected.
 */
export async function findSession(
  requester: Requester,
  asker: Asker,
  wanted: string | undefined,
): Promise<UsedSession | Rejection> {
  const sessionId = wanted ?? (await defaultSession(requester, asker));
  if (typeof sessionId !== 'string') return sessionId;
  const [route, view] = await Promise.all([
    ask<SessionRouteReply>(requester, asker, internalRequests.sessionRoute, sessionId),
    ask<AnswerOf<typeof getSession, 200>>(requester, asker, 'getSession', sessionId),
  ]);
  if (!route.ok) return rejectionOf(route);
  if (!view.ok) return rejectionOf(view);
  const { network, pool } = route.body;
  if (asker.principal.mode === 'test' && network !== 'sandbox') return reject('TEST_KEY_ON_LIVE_SESSION');
  const { status, createdAt, restriction } = view.body;
  return { sessionId, network, pool, status, createdAt, restrictedUntil: restriction?.until };
}

async function defaultSession(requester: Requester, asker: Asker): Promise<string | Rejection> {
  const reply = await ask<{ sessionId: string }>(requester, asker, internalRequests.defaultSession);
  return reply.ok ? reply.body.sessionId : rejectionOf(reply);
}

type Reply<Body> = { ok: true; body: Body } | ({ ok: false } & RejectionBody);

async function ask<Body>(
  requester: Requester,
  asker: Asker,
  operation: string,
  sessionId?: string,
): Promise<Reply<Body>> {
  const reply: ServiceReply = await requester.request(
    subjects.request('analytics', operation),
    { operation, ...asker, params: sessionId === undefined ? {} : { sessionId }, query: {} },
    timeoutMs,
  );
  // The shape is the contract's; both sides compile against it.
  return reply.ok ? { ok: true, body: reply.body as Body } : reply;
}

const rejectionOf = ({ code, message, param, details }: RejectionBody): Rejection =>
  reject(code, {
    ...(message === undefined ? {} : { message }),
    ...(param === undefined ? {} : { param }),
    ...(details === undefined ? {} : { details }),
  });
