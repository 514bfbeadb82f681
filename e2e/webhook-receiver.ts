/** A receiver of webhooks on this machine, as a customer would run it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebhookReceiver extends AsyncDisposable {
  /** Any path is taken. */
  readonly url: string;
  readonly received: readonly { headers: Record<string, string>; body: string }[];
  /** How it answers from now on. */
  answer: { status: number; body: string };
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: { headers: Record<string, string>; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
      response.writeHead(receiver.answer.status).end(receiver.answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answer: { status: 200, body: 'seen' },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}
