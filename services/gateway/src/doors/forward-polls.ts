/**
 * Socket.IO's long polling is a chain of requests that belong to one gateway. Behind a load balancer that does not keep them together, each
 * lands anywhere: the id in it says whose it is, and the request is passed on over the bus. So no sticky sessions are needed.
 */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { subjects } from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import type { NatsConnection } from '@wam/service-kit/nats';

export interface ForwardPolls {
  /** Answers with what the gateway `node` answers; as Engine.IO does for an unknown id when there is no such gateway. Never rejects. */
  forward(node: string, request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): void;
}
export interface ForwardPollsDeps {
  nc: NatsConnection;
  /** Of this gateway. */
  node: string;
  /** Where this gateway itself listens. */
  ownAddress: () => string;
  clock: Clock;
  logger: Logger;
}
interface Forwarded {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}
interface Answered {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Above Engine.IO's ping interval and timeout, which end every poll. */
const pollTimeoutMs = 60_000;
/** A gateway that was killed in the midst of a poll says nothing: so often it is asked whether it is still there. */
const aliveEveryMs = 2_000;
const aliveTimeoutMs = 5_000;
/** As Engine.IO takes from its clients. */
const maxBodyBytes = 32 * 1024;
const nodeForm = /^[0-9a-f]{10}$/;
const passedOn = ['accept', 'content-type', 'origin', 'user-agent', 'access-control-request-method'];
const answeredWith = ['content-type', 'access-control-allow-origin', 'access-control-allow-methods', 'vary'];
/** As Engine.IO says it: makes a client begin anew, at once. */
const unknownSession: Answered = {
  status: 400,
  headers: { 'content-type': 'application/json' },
  body: '{"code":1,"message":"Session ID unknown"}',
};

export function createForwardPolls({ nc, node, ownAddress, clock, logger }: ForwardPollsDeps): ForwardPolls {
  const subscription = nc.subscribe(subjects.gatewayPoll(node), {
    callback(error, message) {
      if (error) return;
      if (message.data.length === 0) {
        message.respond();
        return;
      }
      askSelf(ownAddress(), message.json<Forwarded>())
        // Cut off in the midst of it: what Engine.IO does with a request that makes it end the session.
        .catch(() => unknownSession)
        .then((answered) => message.respond(JSON.stringify(answered)))
        .catch((failure: unknown) => logger.debug({ err: failure }, 'a forwarded poll could not be answered'));
    },
  });
  /** Rejects once the gateway is gone; with the bus, nobody listening is known at once. */
  async function untilGone(to: string, answered: AbortSignal): Promise<never> {
    for (;;) {
      await clock.sleep(aliveEveryMs, answered);
      await nc.request(subjects.gatewayPoll(to), '', { timeout: aliveTimeoutMs });
    }
  }
  return {
    async forward(to, request, response) {
      const answering = new AbortController();
      try {
        const body = await readBody(request);
        if (!nodeForm.test(to) || body === undefined) throw new Error('not of a gateway');
        const { method = 'GET', url = '/', headers } = request;
        const forwarded: Forwarded = { method, url, headers: pick(headers, passedOn), body };
        const reply = await Promise.race([
          nc.request(subjects.gatewayPoll(to), JSON.stringify(forwarded), { timeout: pollTimeoutMs }),
          untilGone(to, answering.signal),
        ]);
        const answered = reply.json<Answered>();
        response.writeHead(answered.status, { ...answered.headers, 'cache-control': 'no-store' });
        response.end(answered.body);
      } catch {
        // The gateway is gone, and its sessions with it.
        response.writeHead(unknownSession.status, unknownSession.headers);
        response.end(unknownSession.body);
      } finally {
        answering.abort();
      }
    },
    close: () => subscription.unsubscribe(),
  };
}

/** Through its own front door: Engine.IO wants a real request and response. */
function askSelf(address: string, { method, url, headers, body }: Forwarded): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      new URL(url, address),
      { method, headers: { ...headers, connection: 'close' } },
      (response) => {
        readWhole(response).then(
          (text) =>
            resolve({ status: response.statusCode ?? 500, headers: pick(response.headers, answeredWith), body: text }),
          reject,
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** undefined when it is larger than Engine.IO would take. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const declared = Number(request.headers['content-length'] ?? 0);
  return declared > maxBodyBytes ? undefined : readWhole(request, maxBodyBytes);
}

async function readWhole(stream: IncomingMessage, maxBytes = Number.POSITIVE_INFINITY): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function pick(headers: IncomingMessage['headers'], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
