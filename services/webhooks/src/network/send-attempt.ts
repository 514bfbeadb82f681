/** One POST to a receiver: bounded in time and in what is read of the answer. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, errors } from 'undici';
import { createDeadlines, type Deadlines, type Timed } from './deadlines.ts';
import { AddressNotAllowed } from './guarded-agent.ts';

export interface AttemptRequest {
  origin: string;
  /** With the query. */
  path: string;
  /** Name, value, name, value. */
  headers: readonly string[];
  body: string;
}
export type AttemptOutcome = AttemptEnd & { durationMs: number };
type AttemptEnd = {
  /** First characters of the answer; empty when none came. */
  excerpt: string;
} & (
  | { kind: 'answered'; httpStatus: number; retryAfter: string | undefined }
  /** No answer: `reason` is for people. */
  | { kind: 'failed'; reason: string }
);

export interface SendAttemptDeps {
  agent: Dispatcher;
  /** Of the whole attempt: name, connection, answer. */
  timeoutMs: number;
}
export type SendAttempt = (request: AttemptRequest) => Promise<AttemptOutcome>;
/** For thousands a second: without a promise for each. */
export type StartAttempt = (request: AttemptRequest, onEnd: (outcome: AttemptOutcome) => void) => void;

export const excerptChars = 1_000;
/** Enough for the excerpt in any encoding. What is longer is not read: the connection is closed instead. */
const maxReadBytes = 4_096;
/** The status is known by then; an answer that trickles costs its sender the connection and nothing else. */
const bodyTimeoutMs = 1_000;

export function createStartAttempt({ agent, timeoutMs }: SendAttemptDeps): StartAttempt {
  const limits = { timeoutMs, untilAnswer: createDeadlines(timeoutMs), untilEnd: createDeadlines(bodyTimeoutMs) };
  return ({ origin, path, headers, body }, onEnd) => {
    const request = { origin, path, method: 'POST' as const, headers: headers as string[], body };
    const attempt = new Attempt(limits, onEnd);
    try {
      agent.dispatch(request, attempt);
    } catch (error) {
      // What it will not send at all.
      attempt.fail(error);
    }
  };
}

export function createSendAttempt(deps: SendAttemptDeps): SendAttempt {
  const start = createStartAttempt(deps);
  return (request) => new Promise((resolve) => start(request, resolve));
}

interface Limits {
  timeoutMs: number;
  untilAnswer: Deadlines;
  untilEnd: Deadlines;
}

/** What the dispatcher tells of one request. Without the promise, stream and signal of `request`, which cost as much as the POST itself. */
class Attempt implements Dispatcher.DispatchHandler, Timed {
  readonly #startedAtMs = performance.now();
  readonly #settle: (outcome: AttemptOutcome) => void;
  readonly #limits: Limits;
  /** What ends it now, if nothing else does. */
  #limit: Deadlines;
  /** While the request is under way. */
  #controller: Dispatcher.DispatchController | undefined;
  #answer: { httpStatus: number; retryAfter: string | undefined } | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;

  constructor(limits: Limits, settle: (outcome: AttemptOutcome) => void) {
    this.#limits = limits;
    this.#settle = settle;
    this.#limit = limits.untilAnswer;
    this.#limit.add(this);
  }

  onDeadline(): void {
    if (this.#answer === undefined) this.fail(new AttemptTimeout(this.#limits.timeoutMs));
    else this.#answered();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection.
    if (this.#ended) controller.abort(new AttemptEnded());
  }

  onResponseStart(_: Dispatcher.DispatchController, httpStatus: number, headers: IncomingHttpHeaders): void {
    if (httpStatus < 200 || this.#ended) return;
    const retryAfter = headers['retry-after'];
    this.#answer = { httpStatus, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined };
    // Its end follows at once.
    if (httpStatus === 204 || headers['content-length'] === '0') return;
    this.#limit.remove(this);
    this.#limit = this.#limits.untilEnd;
    this.#limit.add(this);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    // A copy: the chunk is a view of memory that the parser writes over.
    this.#chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    if (this.#bytes >= maxReadBytes) this.#answered();
  }

  onResponseEnd(): void {
    this.#controller = undefined;
    this.#answered();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#controller = undefined;
    // The answer counts by its status, whatever happens to its body.
    if (this.#answer === undefined) this.fail(error);
    else this.#answered();
  }

  #answered(): void {
    if (this.#answer !== undefined) this.#end({ kind: 'answered', ...this.#answer, excerpt: this.#excerpt() });
  }

  fail(error: unknown): void {
    this.#end({ kind: 'failed', reason: reasonOf(error), excerpt: '' });
  }

  #end(outcome: AttemptEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    // What is still to come is not read.
    this.#controller?.abort(new AttemptEnded());
    this.#limit.remove(this);
    this.#settle({ ...outcome, durationMs: Math.round(performance.now() - this.#startedAtMs) });
  }

  /** Postgres takes no U+0000; half a character at the cut becomes a replacement character. */
  #excerpt(): string {
    if (this.#bytes === 0) return '';
    return Buffer.concat(this.#chunks, Math.min(this.#bytes, maxReadBytes))
      .toString('utf8')
      .replaceAll('\0', '')
      .slice(0, excerptChars);
  }
}

class AttemptEnded extends Error {}

class AttemptTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`No answer within ${timeoutMs / 1000} s`);
  }
}

const reasonByCode: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The name of the host has no address',
  ENODATA: 'The name of the host has no address',
  EAI_AGAIN: 'The name of the host could not be resolved',
  ETIMEOUT: 'The name of the host could not be resolved in time',
  ESERVFAIL: 'The name of the host could not be resolved',
  ECONNREFUSED: 'The connection was refused',
  ECONNRESET: 'The connection was reset',
  EPIPE: 'The connection was closed while sending',
  EHOSTUNREACH: 'The host is unreachable',
  ENETUNREACH: 'The network of the host is unreachable',
  ETIMEDOUT: 'The connection timed out',
  UND_ERR_SOCKET: 'The connection was closed before an answer came',
  UND_ERR_CONNECT_TIMEOUT: 'The connection timed out',
  UND_ERR_HEADERS_OVERFLOW: 'The headers of the answer are too long',
  CERT_HAS_EXPIRED: 'The certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate cannot be verified',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another host',
};

/** In our words: messages of libraries name addresses that are nobody's business. */
function reasonOf(error: unknown): string {
  if (error instanceof AttemptTimeout || error instanceof AddressNotAllowed) return error.message;
  // Connecting to several addresses of a name fails with one error for all.
  const cause = error instanceof AggregateError ? error.errors[0] : error;
  if (cause instanceof AddressNotAllowed) return cause.message;
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') {
    if (reasonByCode[code] !== undefined) return reasonByCode[code];
    if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return 'The TLS connection failed';
  }
  if (error instanceof errors.HTTPParserError) return 'The answer is not HTTP';
  if (error instanceof errors.UndiciError) return 'The request could not be carried out';
  return 'The attempt failed';
}
