/** Routes from the contracts: one handler per kind of operation, nothing per route. */
import {
  type OperationDefinition,
  type Principal,
  type ServiceReply,
  type ServiceRequest,
  subjects,
} from '@wam/contracts';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler, RouteHandlerMethod } from 'fastify';
import { adapterOf } from '../commands/command-adapters.ts';
import { type IssueCommandDeps, issueCommand } from '../commands/issue-command.ts';
import type { Answers } from './answer-requests.ts';
import { ignoreBodies } from './parse-json-body.ts';

export interface OperationDeps extends IssueCommandDeps {
  answers: Answers;
  authenticate: onRequestHookHandler;
}
const defaultTimeoutMs = 10_000;

export function registerOperations(
  app: FastifyInstance,
  operations: readonly OperationDefinition[],
  deps: OperationDeps,
): void {
  const withBody = operations.filter((operation) => operation.body !== undefined);
  const withoutBody = operations.filter((operation) => operation.body === undefined);
  for (const operation of withBody) registerOperation(app, operation, deps);
  app.register(async (bodyless) => {
    ignoreBodies(bodyless);
    for (const operation of withoutBody) registerOperation(bodyless, operation, deps);
  });
}

function registerOperation(app: FastifyInstance, operation: OperationDefinition, deps: OperationDeps): void {
  const carryOut = carrierOf(operation, deps);
  const handler: RouteHandlerMethod = async (request, reply) =>
    deps.answers.send(request, reply, await carryOut(request));
  app.route({
    method: operation.method,
    url: operation.path,
    schema: {
      ...(operation.params && { params: operation.params }),
      ...(operation.query && { querystring: operation.query }),
      ...(operation.body && { body: operation.body }),
      response: operation.responses,
    },
    ...(operation.auth === 'account' && { onRequest: deps.authenticate }),
    ...(operation.body && { preValidation: treatMissingBodyAsEmpty }),
    handler,
  });
}

/** So that an operation without required fields needs no body, and others name the first field that is missing. */
function treatMissingBodyAsEmpty(request: FastifyRequest, _reply: unknown, done: () => void): void {
  if (request.body === undefined) request.body = {};
  done();
}

type CarryOut = (request: FastifyRequest) => Promise<ServiceReply>;

function carrierOf(operation: OperationDefinition, deps: OperationDeps): CarryOut {
  const { route } = operation;
  switch (route.via) {
    case 'request':
      return askService(operation, subjects.request(route.service, operation.id), route.timeoutMs, deps);
    case 'owner':
      return askOwner(operation, route.timeoutMs, deps);
    case 'command': {
      const adapter = adapterOf(operation);
      return (request) =>
        issueCommand(
          adapter,
          route.waitMs,
          {
            principal: principalOf(request),
            requestId: request.id,
            params: paramsOf(request),
            body: request.body,
            respondAsync: prefersAsync(request.headers.prefer),
          },
          deps,
        );
    }
    default:
      return route satisfies never;
  }
}

function askService(
  operation: OperationDefinition,
  subject: string,
  timeoutMs: number | undefined,
  { requester }: OperationDeps,
): CarryOut {
  return (request) => requester.request(subject, serviceRequest(operation, request), timeoutMs ?? defaultTimeoutMs);
}

function askOwner(
  operation: OperationDefinition,
  timeoutMs: number,
  { requester, directory }: OperationDeps,
): CarryOut {
  return async (request) => {
    const principal = principalOf(request);
    const { sessionId } = paramsOf(request);
    if (sessionId === undefined) throw new Error(`operation ${operation.id} names no session`);
    const place =
      directory.cached(principal.tenant, sessionId) ?? (await directory.find(principal, sessionId, request.id));
    if ('code' in place) return { ok: false, ...place };
    return requester.request(place.ownerSubject, serviceRequest(operation, request), timeoutMs);
  };
}

function serviceRequest(operation: OperationDefinition, request: FastifyRequest): ServiceRequest {
  return {
    operation: operation.id,
    requestId: request.id,
    ...(request.principal === null ? {} : { principal: request.principal }),
    params: paramsOf(request),
    // Without a schema nothing has looked at the query, so nothing of it goes on.
    query: operation.query === undefined ? {} : (request.query as Record<string, unknown>),
    ...(operation.body === undefined ? {} : { body: request.body }),
  };
}
const paramsOf = (request: FastifyRequest) => request.params as Record<string, string>;

function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === null) throw new Error('a public operation cannot address a session');
  return principal;
}

/** RFC 7240, section 4.1. */
function prefersAsync(prefer: string | string[] | undefined): boolean {
  if (prefer === undefined || prefer === 'respond-async') return prefer !== undefined;
  return String(prefer)
    .split(',')
    .some((preference) => preference.trim().toLowerCase() === 'respond-async');
}
