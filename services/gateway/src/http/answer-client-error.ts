/** Requests that Node could not even parse: no Fastify request exists, the answer is written to the socket by hand. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { RejectionBody } from '@wam/contracts';
import { type AnswerContext, answerError } from './error-answer.ts';

/** How long a peer that still sends may go on, so that it reads the answer instead of a reset connection. */
const lingerMs = 1_000;
const answered = new WeakSet<Socket>();

export function answerClientError(error: Error, socket: Socket, context: AnswerContext): void {
  const code = (error as NodeJS.ErrnoException).code;
  // What arrives after the answer fails to parse as well.
  if (answered.has(socket)) return;
  // The peer is gone, or has already got (part of) an answer on this connection.
  if (code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  answered.add(socket);
  const { status, body } = answerError(rejectionOf(code), context);
  const json = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(json)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${context.requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`);
  const linger = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(linger));
}

/** Whatever else the parser dislikes is the caller's fault: broken syntax, or a request that did not arrive in time. */
const rejectionOf = (code: string | undefined): RejectionBody => ({
  code: code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : 'BAD_REQUEST',
});
