/**
 * Spans of this process, off until an exporter is set. A span is told once, when it has ended: no context travels through the code, and while
 * off nothing is built. The libraries of OpenTelemetry are loaded only when on.
 */
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import Type, { type Static } from 'typebox';
import type { Logger } from './logger.ts';
import { isSampled, spanIdOf, traceIdOf } from './trace-ids.ts';

/** Names as OpenTelemetry's SDKs know them. */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'Collector for traces over OTLP/HTTP, such as http://otel-collector:4318. Default: no traces',
    }),
  ),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    description: 'Share of traces that are exported; the same in all processes, or traces have holes',
  }),
};
const schema = Type.Object(tracingSettings);
export type TracingConfig = Readonly<Static<typeof schema>>;

export interface SpanFacts {
  /** Keys of `spanKeys` and `traceKeyOf` in the contracts. */
  trace: string;
  span: string;
  parent?: string | undefined;
  /** A span of another trace that this one comes from. */
  link?: { trace: string; span: string } | undefined;
  name: string;
  kind: keyof typeof kinds;
  /** Wall clock in ms. */
  startedAtMs: number;
  endedAtMs: number;
  /** Never a text, a phone number, a key or a token. */
  attributes: Record<string, string | number | boolean | undefined>;
  /** Code of what went wrong. */
  error?: string | undefined;
}

/** `SpanKind` of OpenTelemetry's API. */
const kinds = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const;

let exportSpan: ((facts: SpanFacts) => void) | undefined;

/** To be asked before the facts of a span are put together. */
export const isTracing = (): boolean => exportSpan !== undefined;
export const recordSpan = (facts: SpanFacts): void => exportSpan?.(facts);

/** An operation as a span; the operation alone while off. */
export async function traced<T>(
  facts: () => Omit<SpanFacts, 'startedAtMs' | 'endedAtMs' | 'error'>,
  operation: () => Promise<T>,
): Promise<T> {
  if (exportSpan === undefined) return operation();
  const startedAtMs = Date.now();
  const end = (error?: string): void => recordSpan({ ...facts(), startedAtMs, endedAtMs: Date.now(), error });
  try {
    const result = await operation();
    end();
    return result;
  } catch (error) {
    end(error instanceof Error ? error.name : 'Error');
    throw error;
  }
}

export interface TracingOptions {
  /** As it is called in traces. */
  service: string;
  logger: Logger;
}

/** One per process. Its disposal sends what is left, for at most two seconds. */
export async function startTracing(
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio }: TracingConfig,
  { service, logger }: TracingOptions,
): Promise<AsyncDisposable> {
  if (endpoint === undefined) return { [Symbol.asyncDispose]: async () => undefined };
  const [{ BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }, { diag, DiagLogLevel }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/api'),
    ]);
  const unheard = (): void => undefined;
  const failed = (message: string): void => logger.warn({ reason: message }, 'traces not exported');
  const diagnosed = { error: failed, warn: failed, info: unheard, debug: unheard, verbose: unheard };
  diag.setLogger(diagnosed, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: exportTimeoutMs,
  });
  const processor = new BatchSpanProcessor({ exporter, exportTimeoutMillis: exportTimeoutMs });
  const resource = resourceFromAttributes({ 'service.name': service, 'service.namespace': 'wamessenger' });
  exportSpan = (facts) => {
    const traceId = traceIdOf(facts.trace);
    if (isSampled(traceId, ratio)) processor.onEnd(toSpan(facts, traceId, resource));
  };
  return {
    async [Symbol.asyncDispose]() {
      exportSpan = undefined;
      await processor.shutdown().catch((error: unknown) => failed(String(error)));
    },
  };
}
const exportTimeoutMs = 2_000;

const sampledFlag = 1;
const contextOf = (traceId: string, spanId: string) => ({ traceId, spanId, traceFlags: sampledFlag });
const toHrTime = (ms: number): [number, number] => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];

function toSpan(facts: SpanFacts, traceId: string, resource: ReadableSpan['resource']): ReadableSpan {
  const { trace, span, parent, link, name, kind, startedAtMs, error } = facts;
  const own = contextOf(traceId, spanIdOf(trace, span));
  const endedAtMs = Math.max(startedAtMs, facts.endedAtMs);
  return {
    name,
    kind: kinds[kind],
    spanContext: () => own,
    ...(parent === undefined ? {} : { parentSpanContext: contextOf(traceId, spanIdOf(trace, parent)) }),
    startTime: toHrTime(startedAtMs),
    endTime: toHrTime(endedAtMs),
    duration: toHrTime(endedAtMs - startedAtMs),
    status: error === undefined ? { code: 0 } : { code: 2, message: error },
    attributes: facts.attributes,
    links: link === undefined ? [] : [{ context: contextOf(traceIdOf(link.trace), spanIdOf(link.trace, link.span)) }],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'wamessenger' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
