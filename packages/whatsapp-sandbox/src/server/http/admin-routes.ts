import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProtocolError } from '../../protocol/index.ts';
import { SandboxError } from '../../sandbox-error.ts';

/** Largest QR code text taken; a real one has about 300 characters. */
const MAX_QR_BYTES = 8 * 1024;

export interface AdminActions {
  /** Scans with a free phone; answers its number. */
  scanQr(qr: string): Promise<{ phone: string; lid: string }>;
  noiseRootPublicKey(): Buffer;
}

export type AdminRoutes = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The routes beside the WebSocket, for callers on this machine only:
 * `POST /admin/mock-phone/scan-qr` (raw QR text as body), `GET /admin/noise-root` (base64), `GET /livez`.
 */
export function createAdminRoutes(actions: AdminActions): AdminRoutes {
  return (request, response) => {
    answer(actions, request).then(
      ({ status, body }) => write(response, status, body),
      (error: unknown) => write(response, ...describe(error)),
    );
  };
}

interface Answer {
  status: number;
  body: string | object;
}

async function answer(actions: AdminActions, request: IncomingMessage): Promise<Answer> {
  const route = `${request.method} ${new URL(request.url ?? '/', 'http://sandbox').pathname}`;
  if (route === 'GET /livez') return { status: 200, body: 'ok' };
  if (!isLoopback(request.socket.remoteAddress)) return { status: 404, body: 'not found' };
  if (route === 'GET /admin/noise-root') {
    return { status: 200, body: actions.noiseRootPublicKey().toString('base64') };
  }
  if (route === 'POST /admin/mock-phone/scan-qr') {
    return { status: 200, body: await actions.scanQr(await readText(request)) };
  }
  return { status: 404, body: 'not found' };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_QR_BYTES) throw new SandboxError('QR_UNREADABLE', `a QR code has at most ${MAX_QR_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function describe(error: unknown): [status: number, body: object] {
  if (error instanceof SandboxError) {
    const status = error.code === 'QR_EXPIRED' ? 410 : error.code === 'PHONE_IN_USE' ? 409 : 400;
    return [status, { code: error.code, message: error.message }];
  }
  if (error instanceof ProtocolError) return [400, { code: error.code, message: error.message }];
  return [500, { code: 'INTERNAL', message: 'the sandbox failed to answer' }];
}

function write(response: ServerResponse, status: number, body: string | object): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' });
  response.end(isText ? body : JSON.stringify(body));
}

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && (/^(::ffff:)?127\./.test(address) || address === '::1');
