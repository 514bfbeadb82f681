/** Requests that Node could not even parse: no Fastify request exists, the answer is written to the socket by hand. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { RejectionBody } from '@wam/contracts';
import { type AnswerContext, answerError } from './error-answer.ts';

/** How long a peer that still sends may go on, so that it reads the answer instead of a reset connection. */
const lingerMs = 1_000;
/** No credential of ours is as long. */
const maxCredentialLength = 8_192;
const answered = new WeakSet<Socket>();

export function answerClientError(error: Error, socket: Socket, context: AnswerContext): void {
  const code = (error as NodeJS.ErrnoException).code;
  // What arrives after the answer fails to parse as well.
  if (answered.has(socket)) return;
  if (code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  answered.add(socket);
  const { status, headers, body } = answerError(rejectionOf(error), context);
  const json = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(json)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${context.requestId}`,
    ...(headers['www-authenticate'] === undefined ? [] : [`WWW-Authenticate: ${headers['www-authenticate']}`]),
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`);
  const linger = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(linger));
}

/** Part of an answer has left. Node's own handler of these errors asks the same: nothing public says what a connection is used for. */
const isAnswering = (socket: Socket & { _httpMessage?: ServerResponse | null }): boolean =>
  socket._httpMessage?.headersSent === true;

/** As Node says that one did not arrive whole in time. */
export const lateRequest = Object.assign(new Error('The request did not arrive in time'), {
  code: 'ERR_HTTP_REQUEST_TIMEOUT',
});

/** Whatever else the parser dislikes is the caller's fault. */
function rejectionOf(error: Error & { code?: string; rawPacket?: Buffer }): RejectionBody {
  if (error.code === lateRequest.code) return { code: 'BAD_REQUEST', message: lateRequest.message };
  if (error.code !== 'HPE_HEADER_OVERFLOW') return { code: 'BAD_REQUEST' };
  return { code: isAboutCredential(error.rawPacket) ? 'UNAUTHORIZED' : 'HEADERS_TOO_LARGE' };
}

/** Enough to find the header in which the limit was reached. */
const inspectedBytes = 32_768;

/** A credential that is too long is a bad one like all others. Of a head that came in several packets only the last one is known. */
function isAboutCredential(packet: Buffer | undefined): boolean {
  const head = packet?.toString('latin1', 0, inspectedBytes) ?? '';
  const names = [...head.matchAll(/\r\n([a-z0-9-]+):[^\r]*/gi)].filter(([line]) => line.length > maxCredentialLength);
  return names.some(([, name = '']) => /^(authorization|x-api-key)$/i.test(name));
}
