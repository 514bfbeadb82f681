/** Routes from the contracts: one handler per kind of operation, nothing per route. */
import {
  idempotentReplayedHeader,
  type OperationDefinition,
  type OperationRoute,
  type Principal,
  type ServiceReply,
  type ServiceRequest,
  type SessionChoice,
  subjects,
  takesIdempotencyKey,
} from '@wam/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { adapterOf, isBatch } from '../commands/command-adapters.ts';
import { issueBatch } from '../commands/issue-batch.ts';
import { type CommandRequest, type IssueCommandDeps, issueCommand } from '../commands/issue-command.ts';
import type { EventList } from '../doors/event-list.ts';
import type { Attempt } from '../idempotency/attempt.ts';
import type { CarryOutOnce } from '../idempotency/carry-out-once.ts';
import { fingerprintOf } from '../idempotency/fingerprint.ts';
import { idempotencyKeyField, readIdempotencyKey } from '../idempotency/idempotency-key.ts';
import { type ChosenSession, createChooseSession } from '../sessions/choose-session.ts';
import { findPlace } from '../sessions/find-place.ts';
import type { Admission } from './admit-request.ts';
import type { Answers } from './answer-requests.ts';
import type { GuardLogins, LoginGuard } from './guard-logins.ts';
import { nameAbsentSandbox } from './name-absent-sandbox.ts';
import { ignoreBodies, passBodiesOn } from './parse-json-body.ts';
import { relayDownload } from './relay-download.ts';
import { relayUpload } from './relay-upload.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Id of the operation that the route carries out. */
    operation?: string;
  }
}

export interface OperationDeps extends IssueCommandDeps {
  answers: Answers;
  admission: Admission;
  guardLogins: GuardLogins;
  carryOutOnce: CarryOutOnce;
  authTimeoutMs: number;
  eventList: EventList;
}
/** Of operations that somebody else than the gateway carries out. */
type CarriedRoute = Exclude<OperationRoute, { via: 'feed' }>;
const defaultTimeoutMs = 10_000;

export function registerOperations(
  app: FastifyInstance,
  operations: readonly OperationDefinition[],
  deps: OperationDeps,
): void {
  const withBody = operations.filter((operation) => operation.body !== undefined);
  const isUpload = ({ route }: OperationDefinition) => route.via === 'upload';
  const withoutBody = operations.filter((operation) => operation.body === undefined && !isUpload(operation));
  for (const operation of withBody) registerOperation(app, operation, deps);
  app.register(async (bodyless) => {
    ignoreBodies(bodyless);
    for (const operation of withoutBody) registerOperation(bodyless, operation, deps);
  });
  app.register(async (uploads) => {
    passBodiesOn(uploads);
    for (const operation of operations.filter(isUpload)) registerOperation(uploads, operation, deps);
  });
}

function registerOperation(app: FastifyInstance, operation: OperationDefinition, deps: OperationDeps): void {
  const guard = deps.guardLogins(operation);
  app.route({
    method: operation.method,
    url: operation.path,
    config: { operation: operation.id },
    schema: {
      ...(operation.params && { params: operation.params }),
      ...(operation.query && { querystring: operation.query }),
      ...(operation.body && { body: operation.body }),
      // A file goes out as it is.
      ...(operation.route.via !== 'download' && { response: operation.responses }),
    },
    onRequest: deps.admission.forOperation(operation),
    ...(operation.body && { preValidation: treatMissingBodyAsEmpty }),
    ...(guard && { preHandler: guard.before }),
    handler:
      operation.route.via === 'feed' ? deps.eventList.answer : carryingOut(operation, operation.route, guard, deps),
  });
}

function carryingOut(
  operation: OperationDefinition,
  route: CarriedRoute,
  guard: LoginGuard | undefined,
  deps: OperationDeps,
): RouteHandlerMethod {
  const carryOut = carrierOf(operation, route, deps);
  const once = takesIdempotencyKey(operation) ? underItsKey(operation, route, carryOut, deps) : undefined;
  return async (request, reply) => {
    const key = request.headers[idempotencyKeyField];
    const outcome = once === undefined || key === undefined ? await carryOut(request) : await once(request, reply, key);
    await guard?.settle(request, outcome);
    return deps.answers.send(request, reply, outcome);
  };
}

/** So that an operation without required fields needs no body, and others name the first field that is missing. */
function treatMissingBodyAsEmpty(request: FastifyRequest, _reply: unknown, done: () => void): void {
  if (request.body === undefined) request.body = {};
  done();
}

/** `attempt` when the request came with an Idempotency-Key. */
type CarryOut = (request: FastifyRequest, attempt?: Attempt) => Promise<ServiceReply>;

/** Beyond the operation's own time: choosing the session; asking auth for the quota comes on top. */
const leaseMarginMs = 2_000;

function underItsKey(operation: OperationDefinition, route: CarriedRoute, carryOut: CarryOut, deps: OperationDeps) {
  const ownMs =
    route.via === 'command'
      ? Math.min(route.waitMs, deps.waitLimitMs) + deps.publishTimeoutMs
      : (('timeoutMs' in route ? route.timeoutMs : undefined) ?? defaultTimeoutMs);
  return async (request: FastifyRequest, reply: FastifyReply, header: string | string[]): Promise<ServiceReply> => {
    const principal = principalOf(request);
    const { params, query, body } = request;
    const keyed = {
      tenant: principal.tenant,
      key: readIdempotencyKey(header),
      fingerprint: fingerprintOf(operation, principal, { params, query, body }),
      leaseMs: ownMs + deps.authTimeoutMs + leaseMarginMs,
    };
    const outcome = await deps.carryOutOnce(keyed, (attempt) => carryOut(request, attempt));
    if (outcome.replayed) reply.header(idempotentReplayedHeader.name, 'true');
    return outcome.reply;
  };
}

function carrierOf(operation: OperationDefinition, route: CarriedRoute, deps: OperationDeps): CarryOut {
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
  { requester, directory, defaultNetwork }: OperationDeps,
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

function withSession(choice: SessionChoice = 'in-path', deps: OperationDeps, carryOut: CarryOutOn): CarryOut {
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
  { requester, directory }: OperationDeps,
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
  deps: OperationDeps,
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

function principalOf({ caller }: FastifyRequest): Principal {
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
