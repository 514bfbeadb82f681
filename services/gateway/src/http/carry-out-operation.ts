/** How each kind of operation is carried out: by a service, the owner of a session, a command, or as a stream of bytes. */
import {
  type OperationDefinition,
  type OperationRoute,
  type Principal,
  type ServiceReply,
  type ServiceRequest,
  type SessionChoice,
  subjects,
} from '@wam/contracts';
import type { FastifyRequest } from 'fastify';
import { adapterOf, isBatch } from '../commands/command-adapters.ts';
import { issueBatch } from '../commands/issue-batch.ts';
import { type CommandRequest, type IssueCommandDeps, issueCommand } from '../commands/issue-command.ts';
import type { Attempt } from '../idempotency/attempt.ts';
import { type ChosenSession, createChooseSession } from '../sessions/choose-session.ts';
import { findPlace } from '../sessions/find-place.ts';
import { nameAbsentSandbox } from './name-absent-sandbox.ts';
import { relayDownload } from './relay-download.ts';
import { relayUpload } from './relay-upload.ts';

/** Of operations that somebody else than the gateway carries out. */
export type CarriedRoute = Exclude<OperationRoute, { via: 'feed' }>;
export const defaultTimeoutMs = 10_000;

/** `attempt` when the request came with an Idempotency-Key. */
export type CarryOut = (request: FastifyRequest, attempt?: Attempt) => Promise<ServiceReply>;

export function carrierOf(operation: OperationDefinition, route: CarriedRoute, deps: IssueCommandDeps): CarryOut {
  switch (route.via) {
    case 'request':
      return askService(operation, route, deps);
    case 'owner':
      return withSession(route.session, deps, (request, { sessionId }, attempt) =>
        askOwner(operation, route.timeoutMs, sessionId, { request, attempt }, deps),
      );
    case 'command':
      return issueCommands(operation, route, deps);
    case 'upload':
      return (request) =>
        relayUpload(
          deps.requester,
          {
            subject: subjects.request(route.service, operation.id),
            question: serviceRequest(operation, request),
            maxBytes: route.maxBytes,
          },
          request,
        );
    case 'download':
      return (request) =>
        relayDownload(deps.requester, {
          subject: subjects.request(route.service, operation.id),
          question: serviceRequest(operation, request),
          contentType: route.contentType,
        });
    default:
      return route satisfies never;
  }
}

function askService(
  operation: OperationDefinition,
  { service, timeoutMs = defaultTimeoutMs }: Extract<OperationRoute, { via: 'request' }>,
  { requester, directory, defaultNetwork }: IssueCommandDeps,
): CarryOut {
  const subject = subjects.request(service, operation.id);
  const ask: CarryOut = async (request, attempt) => {
    const reply = await requester.request(subject, serviceRequest(operation, request, attempt), timeoutMs);
    return nameAbsentSandbox(reply, service, defaultNetwork);
  };
  return async (request, attempt) => {
    const principal = request.caller?.principal;
    const named = principal?.mode === 'test' ? namedSessions(operation, request) : [];
    for (const sessionId of named) {
      const place = await findPlace(directory, principal!, sessionId, request.id);
      if ('code' in place) return { ok: false, ...place };
    }
    return ask(request, attempt);
  };
}

/** The sessions a request is about, wherever the operation has them named. */
function namedSessions(operation: OperationDefinition, { params, query, body }: FastifyRequest): string[] {
  const places = [operation.params && params, operation.query && query, operation.body && body] as (
    | { sessionId?: string; sessionIds?: string[] }
    | undefined
  )[];
  return places.flatMap((place) => [place?.sessionId ?? [], place?.sessionIds ?? []].flat());
}

/** What a request asks for, once it is known which session it is about. */
type CarryOutOn = (
  request: FastifyRequest,
  session: ChosenSession,
  attempt: Attempt | undefined,
) => Promise<ServiceReply>;

function withSession(choice: SessionChoice = 'in-path', deps: IssueCommandDeps, carryOut: CarryOutOn): CarryOut {
  const choose = createChooseSession(choice, deps);
  return async (request, attempt) => {
    const principal = principalOf(request);
    const query = request.query as { sessionId?: string };
    const ids = attempt?.ids ?? deps.ids;
    const chosen = await choose({ principal, requestId: request.id, params: paramsOf(request), query, ids });
    return 'code' in chosen ? { ok: false, ...chosen } : carryOut(request, chosen, attempt);
  };
}

async function askOwner(
  operation: OperationDefinition,
  timeoutMs: number,
  sessionId: string,
  { request, attempt }: { request: FastifyRequest; attempt: Attempt | undefined },
  { requester, directory }: IssueCommandDeps,
): Promise<ServiceReply> {
  const place = await findPlace(directory, principalOf(request), sessionId, request.id);
  if ('code' in place) return { ok: false, ...place };
  const question = serviceRequest(operation, request, attempt);
  question.params = { ...question.params, sessionId };
  return requester.request(place.ownerSubject, question, timeoutMs);
}

function issueCommands(
  operation: OperationDefinition,
  route: Extract<OperationRoute, { via: 'command' }>,
  deps: IssueCommandDeps,
): CarryOut {
  const adapter = adapterOf(operation);
  return withSession(route.session, deps, (request, { sessionId, isNew }, attempt) => {
    const asked: CommandRequest = {
      principal: principalOf(request),
      requestId: request.id,
      params: { ...paramsOf(request), sessionId },
      body: request.body,
      respondAsync: prefersAsync(request.headers.prefer),
      attempt,
    };
    if (isBatch(adapter)) return issueBatch(adapter, asked, deps);
    const { whenPresent = adapter } = adapter;
    return issueCommand(isNew ? adapter : whenPresent, route.waitMs, asked, deps);
  });
}

function serviceRequest(operation: OperationDefinition, request: FastifyRequest, attempt?: Attempt): ServiceRequest {
  return {
    operation: operation.id,
    requestId: request.id,
    ...(request.caller === null ? {} : { principal: request.caller.principal, generation: request.caller.generation }),
    params: paramsOf(request),
    // Without a schema nothing has looked at the query, so nothing of it goes on.
    query: operation.query === undefined ? {} : (request.query as Record<string, unknown>),
    ...(operation.body === undefined ? {} : { body: request.body }),
    ...(attempt === undefined ? {} : { idempotencyId: attempt.idempotencyId }),
  };
}
const paramsOf = (request: FastifyRequest) => request.params as Record<string, string>;

export function principalOf({ caller }: FastifyRequest): Principal {
  if (caller === null) throw new Error('a public operation cannot address a session');
  return caller.principal;
}

/** RFC 7240, section 4.1. */
function prefersAsync(prefer: string | string[] | undefined): boolean {
  if (prefer === undefined || prefer === 'respond-async') return prefer !== undefined;
  return String(prefer)
    .split(',')
    .some((preference) => preference.trim().toLowerCase() === 'respond-async');
}
