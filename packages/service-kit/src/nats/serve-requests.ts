import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import {
  operations,
  type ServiceName,
  type ServiceReply,
  type ServiceRequest,
  spanKeys,
  subjects,
} from '@wam/contracts';
import { defineService, type Service } from '../lifecycle.ts';
import { isConnectionFailure } from '../postgres/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type SpanFacts, traced } from '../telemetry/tracing.ts';
import { refuse } from './replies.ts';

export type RequestHandler = (request: ServiceRequest) => Promise<ServiceReply> | ServiceReply;

export interface ServeRequestsOptions {
  /** Serves `req.<service>.*` in the queue group of that name; or name a subject yourself. */
  from: { service: ServiceName } | { subject: string; queue?: string };
  /** By operation id, as in the request. */
  handlers: Readonly<Record<string, RequestHandler>>;
  logger: Logger;
  /** Requests carried out at once. Default 64. */
  maxConcurrent?: number;
  /** Requests waiting for their turn; above it they are refused at once with SERVICE_UNAVAILABLE. Default 1000. */
  maxWaiting?: number;
}

/** Operations of the API by their ids. What services ask each other has no request of a customer above it. */
const calls = new Set<string>(Object.values(operations).map(({ id }) => id));
const isCall = (operation: string): boolean => calls.has(operation);
const answerSpan = ({ operation, requestId, principal }: ServiceRequest) =>
  ({
    trace: requestId,
    span: spanKeys.answer(requestId, operation),
    parent: spanKeys.request(requestId),
    name: `answer ${operation}`,
    kind: 'consumer',
    attributes: { 'wam.tenant': principal?.tenant, 'wam.request_id': requestId },
  }) as const satisfies Omit<SpanFacts, 'startedAtMs' | 'endedAtMs'>;

const encode = (reply: ServiceReply): string => JSON.stringify(reply);

/**
 * Answers core-NATS requests. A handler returns its reply. When it throws because the database is away, the caller may come back:
 * SERVICE_UNAVAILABLE. Any other throw is a defect, logged with its stack and answered with INTERNAL_ERROR. `stop` leaves the queue group, finishes what has arrived, then returns.
 */
export function serveRequests(nc: NatsConnection, options: ServeRequestsOptions): Service {
  const { logger, handlers, maxConcurrent = 64, maxWaiting = 1_000 } = options;
  const { subject, queue } =
    'service' in options.from
      ? { subject: subjects.request(options.from.service, '*'), queue: options.from.service }
      : options.from;
  const waiting: Msg[] = [];
  const running = new Set<Promise<void>>();
  let subscription: Subscription | undefined;

  async function carryOut(message: Msg): Promise<ServiceReply> {
    let request: ServiceRequest;
    try {
      request = message.json<ServiceRequest>();
    } catch (error) {
      logger.error({ err: error, subject: message.subject }, 'request is not JSON');
      return refuse({ code: 'INTERNAL_ERROR' });
    }
    const { operation, requestId } = request;
    const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
    if (!handler) {
      logger.error({ operation, requestId, subject: message.subject }, 'request for an operation nobody implements');
      return refuse({ code: 'INTERNAL_ERROR' });
    }
    try {
      return await (isCall(operation)
        ? traced(
            () => answerSpan(request),
            async () => handler(request),
          )
        : handler(request));
    } catch (error) {
      if (isConnectionFailure(error)) {
        logger.warn({ err: error, operation, requestId }, 'request refused: the database is away');
        return refuse({ code: 'SERVICE_UNAVAILABLE' });
      }
      logger.error({ err: error, operation, requestId }, 'request handler failed');
      return refuse({ code: 'INTERNAL_ERROR' });
    }
  }
  function respond(message: Msg, reply: ServiceReply): void {
    try {
      message.respond(encode(reply));
    } catch (error) {
      // The connection closed under us, or the reply is above the bus limit; the caller's timeout covers it.
      logger.error({ err: error, subject: message.subject }, 'reply could not be sent');
    }
  }
  function run(message: Msg): void {
    const work = carryOut(message)
      .then((reply) => respond(message, reply))
      .finally(() => {
        running.delete(work);
        const next = waiting.shift();
        if (next) run(next);
      });
    running.add(work);
  }
  function receive(error: Error | null, message: Msg): void {
    if (error) {
      logger.error({ err: error, subject }, 'request subscription failed');
      return;
    }
    if (running.size < maxConcurrent) run(message);
    else if (waiting.length < maxWaiting) waiting.push(message);
    else respond(message, refuse({ code: 'SERVICE_UNAVAILABLE' }));
  }

  return defineService({
    name: `requests ${subject}`,
    async start() {
      subscription = nc.subscribe(subject, { callback: receive, ...(queue === undefined ? {} : { queue }) });
      // After the flush the server knows the subscription: a request sent from now on reaches us.
      await nc.flush();
    },
    async stop() {
      if (subscription && !nc.isClosed()) await subscription.drain();
      while (running.size > 0) await Promise.all(running);
    },
    health: () => (nc.isClosed() ? { ready: false, detail: 'connection closed' } : { ready: true }),
  });
}
