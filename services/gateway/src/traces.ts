/** The gateway's part of a trace: the request, and the command it stores. */
import { type AnyCommand, spanKeys, traceKeyOf } from '@wam/contracts';
import { recordSpan, type SpanFacts } from '@wam/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';

/** Requests under way whose span belongs into the trace of the message they send. Bounded: the caller of one may be gone before it is stored. */
const messageTraces = new LRUCache<string, string>({ max: 10_000 });

/** Of a batch each message has a trace of its own, which points to that of the request. */
export function commandSpan(command: AnyCommand, sessionId: string, ofBatch: boolean) {
  const { id, type, tenant, correlationId } = command;
  const trace = traceKeyOf(command);
  const request = spanKeys.request(correlationId);
  if (!ofBatch && trace !== correlationId) messageTraces.set(correlationId, trace);
  return {
    trace,
    span: spanKeys.command(id),
    ...(ofBatch ? { link: { trace: correlationId, span: request } } : { parent: request }),
    name: `publish ${type}`,
    kind: 'producer',
    attributes: { 'wam.tenant': tenant, 'wam.session_id': sessionId, 'wam.command_id': id },
  } as const satisfies Omit<SpanFacts, 'startedAtMs' | 'endedAtMs'>;
}

export function traceRequest(request: FastifyRequest, { statusCode, elapsedTime }: FastifyReply): void {
  const { id, method, caller, routeOptions } = request;
  const trace = messageTraces.get(id) ?? id;
  messageTraces.delete(id);
  const endedAtMs = Date.now();
  recordSpan({
    trace,
    span: spanKeys.request(id),
    name: `${method} ${routeOptions.url ?? 'unknown'}`,
    kind: 'server',
    startedAtMs: endedAtMs - elapsedTime,
    endedAtMs,
    attributes: {
      'http.request.method': method,
      'http.route': routeOptions.url,
      'http.response.status_code': statusCode,
      'wam.request_id': id,
      'wam.tenant': caller?.principal.tenant,
    },
    error: statusCode >= 500 ? String(statusCode) : undefined,
  });
}
