/** One HTTP call of the API: builds the request, reads the answer, turns an error answer into {@link WamError}. */
import type { ErrorCode } from './operations.generated.ts';

export interface CallOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** For a POST of an account: repeating the call under the same key within 24 hours has one effect and the same answer. */
  idempotencyKey?: string;
}

export interface ClientConfig {
  /** Base URL without a trailing slash, for example `http://127.0.0.1:3000`. */
  baseUrl: string;
  /** Access token; may be replaced with `client.useToken` after a login. */
  token?: string;
  /** Replacement for the global fetch. */
  fetch?: typeof globalThis.fetch;
}

export interface OperationInput {
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/** An answer other than 2xx. `code` is one of the documented error codes; `requestId` names the call in the server's log. */
export class WamError extends Error {
  override readonly name = 'WamError';
  readonly status: number;
  readonly code: ErrorCode;
  readonly requestId: string;
  readonly param: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    status: number,
    body: { message: string; code: ErrorCode; requestId: string; param?: string; details?: Record<string, unknown> },
  ) {
    super(body.message);
    this.status = status;
    this.code = body.code;
    this.requestId = body.requestId;
    this.param = body.param;
    this.details = body.details;
  }
}

export function pathOf(template: string, params: Record<string, string> = {}): string {
  return template.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`Missing path parameter ${name}`);
    return encodeURIComponent(value);
  });
}

function queryOf(query: Record<string, unknown> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return pairs.length === 0
    ? ''
    : `?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

export async function call(
  config: ClientConfig,
  operation: { method: string; path: string },
  input: OperationInput,
  options: CallOptions,
): Promise<unknown> {
  const response = await (config.fetch ?? globalThis.fetch)(
    `${config.baseUrl}${pathOf(operation.path, input.params)}${queryOf(input.query)}`,
    {
      method: operation.method,
      headers: {
        ...(config.token === undefined ? {} : { authorization: `Bearer ${config.token}` }),
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
        ...options.headers,
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Error(`${operation.method} ${operation.path} answered ${response.status} without JSON`);
  }
  if (!response.ok) throw new WamError(response.status, body as ConstructorParameters<typeof WamError>[1]);
  return body;
}
