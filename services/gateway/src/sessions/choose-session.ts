import {
  type FirstSessionReply,
  internalRequests,
  type Principal,
  type RejectionBody,
  type ServiceReply,
  type SessionChoice,
  type SessionRouteReply,
  subjects,
} from '@wam/contracts';
import type { IdSource } from '@wam/service-kit';
import type { Requester } from '@wam/service-kit/nats';
import { deriveSessionId } from './derive-session-id.ts';
import type { SessionDirectory } from './session-directory.ts';

export interface ChosenSession {
  sessionId: string;
  /** There is none yet: the operation makes it, under this id. */
  isNew?: true;
}
export interface SessionQuestion {
  principal: Principal;
  requestId: string;
  params: Record<string, string>;
  query: { sessionId?: string };
  /** Names a session that the operation makes. */
  ids: IdSource;
}
/** Which session a request is about. At once when the request itself names it. */
export type ChooseSession = (
  question: SessionQuestion,
) => ChosenSession | RejectionBody | Promise<ChosenSession | RejectionBody>;

export interface ChooseSessionDeps {
  requester: Requester;
  directory: SessionDirectory;
}

const requestTimeoutMs = 5_000;
const noDefaultSession: RejectionBody = {
  code: 'SESSION_NOT_FOUND',
  message: 'This account has no session yet; create one with POST /api/whatsapp/init',
};

export function createChooseSession(choice: SessionChoice, { requester, directory }: ChooseSessionDeps): ChooseSession {
  async function ask(
    operation: string,
    { principal, requestId }: SessionQuestion,
    params: Record<string, string> = {},
  ): Promise<ServiceReply> {
    const request = { operation, requestId, principal, params, query: {} };
    return requester.request(subjects.request('analytics', operation), request, requestTimeoutMs);
  }
  function found(route: SessionRouteReply, { tenant }: Principal): ChosenSession {
    directory.remember(tenant, directory.placeOf(tenant, route));
    return { sessionId: route.sessionId };
  }
  async function firstSession(question: SessionQuestion): Promise<ChosenSession | RejectionBody> {
    const reply = await ask(internalRequests.firstSession, question);
    if (!reply.ok) return reply;
    const { session, sessionsEver } = reply.body as FirstSessionReply;
    if (session !== null) return found(session, question.principal);
    if (choice !== 'default-or-new') return noDefaultSession;
    return { sessionId: deriveSessionId(question.principal, sessionsEver), isNew: true };
  }

  switch (choice) {
    case 'in-path':
      return ({ params: { sessionId } }) => {
        if (sessionId === undefined) throw new Error('the path names no session');
        return { sessionId };
      };
    case 'new':
      return ({ ids }) => ({ sessionId: ids.uuid(), isNew: true });
    case 'in-query-or-connected':
      return async (question) => {
        const { sessionId } = question.query;
        if (sessionId !== undefined) return { sessionId };
        const reply = await ask(internalRequests.defaultSession, question);
        return reply.ok ? { sessionId: (reply.body as { sessionId: string }).sessionId } : reply;
      };
    case 'of-failed-message':
      return async (question) => {
        const { messageId = '' } = question.params;
        const reply = await ask(internalRequests.failedMessageRoute, question, { messageId });
        return reply.ok ? found(reply.body as SessionRouteReply, question.principal) : reply;
      };
    case 'default':
    case 'default-or-new':
      return firstSession;
    default:
      return choice satisfies never;
  }
}
