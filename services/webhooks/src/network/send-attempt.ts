/** One POST to a receiver: bounded in time and in what is read of the answer. */
import { type Dispatcher, errors } from 'undici';
import { AddressNotAllowed } from './guarded-agent.ts';

export interface AttemptRequest {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
}
export type AttemptOutcome = {
  durationMs: number;
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

export const excerptChars = 1_000;
/** Enough for the excerpt in any encoding. What is longer is not read: the connection is closed instead. */
const maxReadBytes = 4_096;
/** The status is known by then; an answer that trickles costs its sender the connection and nothing else. */
const bodyTimeoutMs = 1_000;

export function createSendAttempt({ agent, timeoutMs }: SendAttemptDeps): SendAttempt {
  return async ({ url, headers, body }) => {
    const startedAtMs = performance.now();
    const elapsed = () => Math.round(performance.now() - startedAtMs);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new AttemptTimeout(timeoutMs)), timeoutMs);
    try {
      const response = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'POST',
        headers,
        body,
        signal: controller.signal,
      });
      const excerpt = await readExcerpt(response.body);
      const retryAfter = response.headers['retry-after'];
      return {
        kind: 'answered',
        httpStatus: response.statusCode,
        retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
        excerpt,
        durationMs: elapsed(),
      };
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error), excerpt: '', durationMs: elapsed() };
    } finally {
      clearTimeout(timer);
    }
  };
}

class AttemptTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`No answer within ${timeoutMs / 1000} s`);
  }
}

/** Never rejects: the answer counts by its status, whatever happens to its body. */
async function readExcerpt(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => body.destroy(), bodyTimeoutMs);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxReadBytes) break;
    }
  } catch {
    // Cut off by us, or by the receiver.
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
  // Postgres takes no U+0000; half a character at the cut becomes a replacement character.
  return Buffer.concat(chunks, Math.min(bytes, maxReadBytes))
    .toString('utf8')
    .replaceAll('\0', '')
    .slice(0, excerptChars);
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
