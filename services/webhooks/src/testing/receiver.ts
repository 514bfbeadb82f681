/** An HTTP server that receives deliveries, verifies them with the reference library, and behaves as told. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookPayload } from '@wam/contracts';
import { Webhook } from 'standardwebhooks';

export interface Received {
  payload: WebhookPayload;
  headers: Record<string, string>;
  body: string;
}
export type Behaviour = (response: ServerResponse, received: Received) => void;

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** In the order of arrival, those that were refused too. */
  readonly all: Received[];
  /** Answered with 2xx. */
  readonly accepted: Received[];
  /** Most at once. */
  readonly peak: number;
  behave(behaviour: Behaviour): void;
  /** @throws Error when a delivery is not signed with it */
  verify(received: Received, secret: string): WebhookPayload;
}

export const answerWith =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end();
export const reset: Behaviour = (response) => void response.socket?.resetAndDestroy();

/** Never answers. */
export const hang: Behaviour = () => undefined;
/** Begins an answer and goes on with it, a byte at a time, for ever. */
export const trickle: Behaviour = ({ socket }) => {
  socket?.write('HTTP/1.1 200 OK\r\nx-slow: ');
  const timer = setInterval(() => socket?.write('z'), 50);
  socket?.on('close', () => clearInterval(timer));
};
/** Answers with a body of 100 MB, as long as somebody reads it. */
export const flood =
  (status: number): Behaviour =>
  (response) => {
    response.writeHead(status);
    const chunk = Buffer.alloc(65_536, 'x');
    let left = 100_000_000;
    const more = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    more();
  };

export async function startReceiver(): Promise<Receiver> {
  let behaviour: Behaviour = answerWith(204);
  let open = 0;
  let peak = 0;
  const all: Received[] = [];
  const accepted: Received[] = [];
  const server = createServer((request, response) => {
    open++;
    peak = Math.max(peak, open);
    response.on('close', () => open--);
    request.on('error', () => undefined);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const received = { payload: JSON.parse(body), headers: request.headers as Record<string, string>, body };
      all.push(received);
      response.on('finish', () => response.statusCode < 300 && accepted.push(received));
      behaviour(response, received);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=1`,
    all,
    accepted,
    get peak() {
      return peak;
    },
    behave: (next) => {
      behaviour = next;
    },
    verify: ({ body, headers }, secret) => new Webhook(secret).verify(body, headers) as WebhookPayload,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
