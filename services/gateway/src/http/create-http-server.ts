import type { OperationDefinition } from '@wam/contracts';
import { type HealthRegistry, type IdSource, isTracing, type Logger } from '@wam/service-kit';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { IssueCommandDeps } from '../commands/issue-command.ts';
import type { EventList } from '../doors/event-list.ts';
import type { CarryOutOnce } from '../idempotency/carry-out-once.ts';
import type { TrustedProxies } from '../rate-limits/client-address.ts';
import { answered } from '../telemetry.ts';
import { traceRequest } from '../traces.ts';
import type { Admission } from './admit-request.ts';
import type { AllowedOrigins } from './allowed-origins.ts';
import { answerClientError, lateRequest } from './answer-client-error.ts';
import { createAnswers } from './answer-requests.ts';
import { ApiError } from './api-error.ts';
import { defaultHeadersFor } from './default-headers.ts';
import type { GuardLogins } from './guard-logins.ts';
import { bodyLimitBytes, parseOnlyJsonBodies } from './parse-json-body.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';
import { registerDocuments } from './register-documents.ts';
import { asksForWebSocket, type FeedDoors, registerFeed } from './register-feed.ts';
import { registerOperations } from './register-operations.ts';
import { registerProbes } from './register-probes.ts';
import { registerStaticFiles } from './register-static-files.ts';
import { requestIdOf } from './request-id.ts';
import { createShowOrigins } from './show-origins.ts';
import { createValidatorCompiler } from './validators.ts';

export interface HttpServerDeps extends IssueCommandDeps {
  operations: readonly OperationDefinition[];
  admission: Admission;
  guardLogins: GuardLogins;
  feedDoors: FeedDoors;
  eventList: EventList;
  carryOutOnce: CarryOutOnce;
  authTimeoutMs: number;
  health: HealthRegistry;
  ids: IdSource;
  logger: Logger;
  /** As configured; decides on https headers. */
  configuredPublicUrl: string | undefined;
  /** As it is, read per answer: the port is known only once the server listens. */
  publicUrl: () => string;
  staticDir: string | undefined;
  trustProxy: TrustedProxies;
  origins: AllowedOrigins;
}

/** 16 kB, as the catalogue says under HEADERS_TOO_LARGE. */
const maxHeaderBytes = 16_384;
/** A request must have arrived whole after this long; holding connections open with half requests ends here. */
const requestTimeoutMs = 30_000;
/** A file of a million rows over a slow line, at the pace at which it is taken up. */
const uploadTimeoutMs = 30 * 60_000;
const headersTimeoutMs = 10_000;

/** The HTTP side, ready to listen. No IO happens here but reading `staticDir`. */
export function createHttpServer(deps: HttpServerDeps): FastifyInstance {
  const { logger, ids, publicUrl, admission } = deps;
  const requestId = requestIdOf(ids);
  const setDefaultHeaders = defaultHeadersFor(deps.configuredPublicUrl);
  const showOrigins = createShowOrigins(
    deps.origins,
    deps.operations.map(({ method }) => method),
  );
  const answers = createAnswers({ publicUrl, setDefaultHeaders, logger });

  /** Of requests that no operation takes. Never rejects. */
  async function countThenFail(request: FastifyRequest, reply: FastifyReply, cause: unknown): Promise<void> {
    try {
      await admission.countStray(request, reply);
      answers.fail(request, reply, cause);
    } catch (limited) {
      answers.fail(request, reply, limited);
    }
  }

  const uploadPaths = new Set(deps.operations.filter(({ route }) => route.via === 'upload').map(({ path }) => path));
  const isUpload = ({ method, routeOptions }: FastifyRequest): boolean =>
    method === 'POST' && uploadPaths.has(routeOptions.url as `/${string}`);
  /** Node has one limit for all requests; this is the one for those that are no files. */
  function endLateRequest({ raw, id }: FastifyRequest, answer: FastifyReply['raw']): void {
    if (raw.complete) return;
    const timer = setTimeout(() => {
      if (raw.complete) return;
      if (answer.headersSent) raw.socket.destroy();
      else answerClientError(lateRequest, raw.socket, { requestId: id, publicUrl: publicUrl() });
    }, requestTimeoutMs);
    raw.once('close', () => clearTimeout(timer));
  }

  const app: FastifyInstance = Fastify({
    // A log line per request halves the throughput and tells nothing that the answers do not; failures are logged by `answers`.
    logger: false,
    genReqId: requestId,
    requestIdHeader: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: uploadTimeoutMs,
    forceCloseConnections: 'idle',
    // Requests on open connections are still served while stopping; new connections are not taken.
    return503OnClosing: false,
    // A missing Host header would be answered by Node itself, outside the catalogue; nothing here depends on it.
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requireHostHeader: false,
      shouldUpgradeCallback: asksForWebSocket,
    },
    trustProxy: deps.trustProxy,
    frameworkErrors: (error, request, reply) => {
      void countThenFail(request, reply, error);
    },
    clientErrorHandler: (error, socket) =>
      answerClientError(error, socket, { requestId: requestId({ headers: {} }), publicUrl: publicUrl() }),
  });
  // `Expect` with anything but 100-continue: ignored instead of Node's own empty 417.
  app.server.on('checkExpectation', (request, response) => app.routing(request, response));

  app.setValidatorCompiler(createValidatorCompiler());
  parseOnlyJsonBodies(app);
  app.decorateRequest('caller', null);
  app.setErrorHandler((error, request, reply) => answers.fail(request, reply, error));
  app.setNotFoundHandler((request, reply) => answers.fail(request, reply, new ApiError('ROUTE_NOT_FOUND')));
  app.addHook('onRequest', (request, reply, done) => {
    setDefaultHeaders(reply, request.id);
    // Here already, so that an unknown path is never a complaint about its body.
    if (!isUpload(request)) endLateRequest(request, reply.raw);
    if (showOrigins(request, reply)) return;
    if (request.is404) void countThenFail(request, reply, new ApiError('ROUTE_NOT_FOUND'));
    else done();
  });
  // With the answer, not with the request, which may have come before: the next one of this client finds another gateway, instead of a
  // connection that is just being closed.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (deps.health.isDraining) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    answered(request.routeOptions.config.operation ?? 'none', reply.statusCode, reply.elapsedTime);
    if (isTracing()) traceRequest(request, reply);
    done();
  });
  if (logger.isLevelEnabled('debug'))
    app.addHook('onResponse', async ({ id, method, routeOptions }, { statusCode, elapsedTime }) => {
      logger.debug({ requestId: id, method, route: routeOptions.url, statusCode, elapsedMs: elapsedTime }, 'answered');
    });

  const methodsByPath = collectMethods(app);
  registerProbes(app, deps.health);
  registerDocuments(app, deps);
  if (deps.staticDir !== undefined) registerStaticFiles(app, deps.staticDir);
  registerOperations(app, deps.operations, { ...deps, answers });
  registerFeed(app, deps.feedDoors, { admission, answers });
  app.register(async (last) => refuseOtherMethods(last, new Map(methodsByPath), { answers, admission }));
  return app;
}

/** Filled by every route that is registered from now on. */
function collectMethods(app: FastifyInstance): ReadonlyMap<string, ReadonlySet<string>> {
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByPath.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    methodsByPath.set(url, methods);
  });
  return methodsByPath;
}
