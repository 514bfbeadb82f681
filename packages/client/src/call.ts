/** One call of the API: builds the request, sends it again where that is safe, reads the answer or throws what went wrong. */
import { defaultRetryRules, type FailedTry, type RetryRules, retryDelayMs } from './retry-delay.ts';
import { isErrorAnswer, WamConnectionError, WamError } from './wam-error.ts';

export interface CallOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /**
   * For a POST of an account: repeating the call under the same key within 24 hours has one effect and the same answer. Without one the
   * client makes a key for each call, so that its own repetitions are safe.
   */
  idempotencyKey?: string;
  /** How long one try of this call may take. */
  timeoutMs?: number;
  /** Told of each answer, of refused tries too: its headers have what is left of the rate limit, and `Stale-Answer`. */
  onAnswer?: (answer: Pick<Response, 'status' | 'headers'>) => void;
}

export interface ClientConfig {
  /** Base URL, for example `http://127.0.0.1:3000`. */
  baseUrl: string;
  /** Access token or API key; may be replaced with `client.useToken` after a login. */
  token?: string;
  /** How often a call that failed for a passing reason is sent again, 3 by default; 0 for never. */
  retries?: number;
  /** How long one try may take, 60 s by default. A file to send or to get may take 30 minutes, whatever this says. */
  timeoutMs?: number;
  /** Replacement for the global fetch. */
  fetch?: typeof globalThis.fetch;
  /** Waits between two tries; rejects when the signal aborts. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** 0 to 1. */
  random?: () => number;
}

/** A file as text or bytes, whole or as a stream. */
export type UploadBody = NonNullable<RequestInit['body']>;

export interface OperationInput {
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}
export interface OperationEntry {
  method: string;
  path: string;
  /** A POST that takes an Idempotency-Key. */
  keyed?: boolean;
  /** Of a body that is no JSON. */
  contentType?: string;
  /** The answer is a file. */
  download?: boolean;
}
const defaultTimeoutMs = 60_000;
/** As long as the platform waits for one. */
const fileTimeoutMs = 30 * 60_000;

/** @throws WamError for an answer of the API other than 2xx, WamConnectionError without one, or the reason of an abort */
export async function call(
  config: ClientConfig,
  operation: OperationEntry,
  input: OperationInput,
  options: CallOptions,
): Promise<unknown> {
  const rules: RetryRules = {
    ...defaultRetryRules,
    ...(config.retries === undefined ? {} : { retries: config.retries }),
  };
  const random = config.random ?? Math.random;
  const sleep = config.sleep ?? sleepFor;
  // Sent again only where a second arrival changes nothing.
  const repeatable = operation.method !== 'POST' || operation.keyed === true;
  const idempotencyKey = options.idempotencyKey ?? (operation.keyed ? randomKey() : undefined);
  const url = `${config.baseUrl}${pathOf(operation.path, input.params)}${queryOf(input.query)}`;
  const init = requestOf(config, operation, input, { ...options, ...(idempotencyKey && { idempotencyKey }) });
  const what = `${operation.method} ${pathOf(operation.path, input.params)}`;
  const timeoutMs = timeLimitMs(config, operation, options);

  for (let tries = 1; ; tries += 1) {
    const outcome = await tryOnce(config, { what, url, init, timeoutMs }, options);
    if (outcome.ok) return outcome.body;
    const delayMs = repeatable ? retryDelayMs(outcome.failed, tries, random(), rules) : undefined;
    if (delayMs === undefined) throw outcome.error;
    await sleep(delayMs, options.signal);
  }
}

export interface ByteStream {
  /** The next bytes; undefined at the end. @throws WamConnectionError when it breaks or falls silent, or the reason of an abort */
  read(): Promise<Uint8Array | undefined>;
  end(): void;
}
export function timeLimitMs(
  config: Pick<ClientConfig, 'timeoutMs'>,
  { contentType, download }: Pick<OperationEntry, 'contentType' | 'download'>,
  { timeoutMs }: Pick<CallOptions, 'timeoutMs'>,
): number {
  const isFile = contentType !== undefined || download === true;
  return timeoutMs ?? (isFile ? fileTimeoutMs : (config.timeoutMs ?? defaultTimeoutMs));
}

/** The platform says something every 20 s. */
const longestSilenceMs = 60_000;

/**
 * Server-sent events, as bytes. Asks once.
 * @throws as {@link call}
 */
export async function openStream(
  config: ClientConfig,
  { path, query }: { path: string; query: Record<string, unknown> },
  { signal }: Pick<CallOptions, 'signal'>,
): Promise<ByteStream> {
  const ending = new AbortController();
  const what = `GET ${path}`;
  /** Only while something is awaited: whoever reads slowly is not cut off for it. */
  async function within<T>(ms: number, started: Promise<T>): Promise<T> {
    const timer = setTimeout(() => ending.abort(new Error(`nothing came for ${ms / 1000} s`)), ms);
    try {
      return await started;
    } catch (cause) {
      signal?.throwIfAborted();
      throw new WamConnectionError(`${what} broke off`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }
  const limitMs = config.timeoutMs ?? defaultTimeoutMs;
  const init = requestOf(config, { method: 'GET', path }, {}, { headers: { accept: 'text/event-stream' } });
  const ended = signal === undefined ? ending.signal : AbortSignal.any([ending.signal, signal]);
  const asked = (config.fetch ?? globalThis.fetch)(`${config.baseUrl}${path}${queryOf(query)}`, {
    ...init,
    signal: ended,
  });
  const response = await within(limitMs, asked);
  const { status, headers, body } = response;
  if (!response.ok || body === null || headers.get('content-type')?.startsWith('text/event-stream') !== true) {
    const outcome = outcomeOf(what, response, response.ok ? '{}' : await within(limitMs, response.text()));
    ending.abort();
    throw outcome.ok
      ? new WamConnectionError(`${what} answered ${status} without a stream of events`, { status })
      : outcome.error;
  }
  const reader = body.getReader();
  return {
    read: async () => (await within(longestSilenceMs, reader.read())).value,
    end: () => ending.abort(),
  };
}

type Outcome = { ok: true; body: unknown } | { ok: false; error: Error; failed: FailedTry };

async function tryOnce(
  config: ClientConfig,
  { what, url, init, timeoutMs }: { what: string; url: string; init: RequestInit; timeoutMs: number },
  { signal, onAnswer }: Pick<CallOptions, 'signal' | 'onAnswer'>,
): Promise<Outcome> {
  // By hand: AbortSignal.timeout and AbortSignal.any stay in memory until the time is over, also of calls that were answered at once.
  const ending = new AbortController();
  const giveUp = () => ending.abort(signal?.reason);
  signal?.addEventListener('abort', giveUp);
  if (signal?.aborted === true) giveUp();
  const late = new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError');
  const timer = setTimeout(() => ending.abort(late), timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await (config.fetch ?? globalThis.fetch)(url, { ...init, signal: ending.signal });
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    return { ok: false, error: new WamConnectionError(`${what} had no answer`, { cause }), failed: {} };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
  onAnswer?.(response);
  return outcomeOf(what, response, text);
}

function outcomeOf(what: string, response: Response, text: string): Outcome {
  const { status } = response;
  const retryAfter = response.headers.get('retry-after');
  const unexpected = (says: string, cause?: unknown): Outcome => ({
    ok: false,
    error: new WamConnectionError(`${what} ${says}`, { cause, status }),
    failed: { status, retryAfter },
  });
  // Pages are not told where to.
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    const to = response.headers.get('location') ?? 'another address';
    return unexpected(`is redirected to ${to}: give that address as baseUrl`);
  }
  // A file.
  if (response.ok && response.headers.get('content-type')?.startsWith('text/csv')) return { ok: true, body: text };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    return unexpected(`answered ${status} without JSON`, cause);
  }
  if (response.ok) return { ok: true, body };
  if (!isErrorAnswer(body))
    return unexpected(`answered ${status} with something else than an error of the API: ${text.slice(0, 200)}`);
  const error = new WamError(status, body, retryAfter);
  return { ok: false, error, failed: { status, retryAfter, code: error.code } };
}

function requestOf(
  { token }: ClientConfig,
  { method, contentType }: OperationEntry,
  { body }: OperationInput,
  { headers, idempotencyKey }: CallOptions,
): RequestInit {
  const all = new Headers({
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  });
  // One by one: written in another case, one beside ours would be joined to it.
  for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value);
  return {
    method,
    headers: all,
    // Followed, a POST would become a GET, without its body.
    redirect: 'manual',
    ...(contentType === undefined && body !== undefined ? { body: JSON.stringify(body) } : {}),
    // A stream is sent while it is read, which fetch wants to be told.
    ...(contentType === undefined ? {} : { body: body as UploadBody, duplex: 'half' }),
  };
}

export function pathOf(template: string, params: Record<string, string> = {}): string {
  return template.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`Missing path parameter ${name}`);
    // URLs take them for another path, also encoded.
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`Path parameter ${name} must not be ${JSON.stringify(value)}`);
    return encodeURIComponent(value);
  });
}

function queryOf(query: Record<string, unknown> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return pairs.length === 0
    ? ''
    : `?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

/** 128 bits; `crypto.randomUUID` is missing on pages without https. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
