/** Routes from the contracts: one handler per kind of operation, nothing per route. */
import {
  idempotentReplayedHeader,
  type OperationDefinition,
  type ServiceReply,
  takesIdempotencyKey,
} from '@wam/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { IssueCommandDeps } from '../commands/issue-command.ts';
import type { EventList } from '../doors/event-list.ts';
import type { CarryOutOnce } from '../idempotency/carry-out-once.ts';
import { fingerprintOf } from '../idempotency/fingerprint.ts';
import { idempotencyKeyField, readIdempotencyKey } from '../idempotency/idempotency-key.ts';
import type { Admission } from './admit-request.ts';
import type { Answers } from './answer-requests.ts';
import { type CarriedRoute, type CarryOut, carrierOf, defaultTimeoutMs, principalOf } from './carry-out-operation.ts';
import type { GuardLogins, LoginGuard } from './guard-logins.ts';
import { ignoreBodies, passBodiesOn, refuseCompressedBodies } from './parse-json-body.ts';

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

export function registerOperations(
  app: FastifyInstance,
  operations: readonly OperationDefinition[],
  deps: OperationDeps,
): void {
  const withBody = operations.filter((operation) => operation.body !== undefined);
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

const isUpload = ({ route }: OperationDefinition) => route.via === 'upload';

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
    onRequest: [
      deps.admission.forOperation(operation),
      ...(operation.body || isUpload(operation) ? [refuseCompressedBodies] : []),
    ],
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
