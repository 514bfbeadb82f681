/** The doors of the event feed that are no operations: `GET /ws` and Socket.IO, on the one server. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import websocketPlugin from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Identify, Known } from '../authenticate/identify.ts';
import { feedCredential } from '../doors/feed-credential.ts';
import type { ForwardPolls } from '../doors/forward-polls.ts';
import { type SocketIoDoor, socketIoPath } from '../doors/socket-io-door.ts';
import { type WantedQuery, wantedOfQuery } from '../doors/wanted-events.ts';
import type { WebSocketDoor } from '../doors/websocket-door.ts';
import type { Admission } from './admit-request.ts';
import type { AllowedOrigins } from './allowed-origins.ts';
import type { Answers } from './answer-requests.ts';
import { ApiError } from './api-error.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of an upgrade to WebSocket: who asks for it, where header or ticket tell. */
    known: Known | null;
  }
}

export interface FeedDoors {
  webSocket: WebSocketDoor;
  socketIo: SocketIoDoor;
  forwardPolls: ForwardPolls;
  identify: Identify;
  origins: Pick<AllowedOrigins, 'admits'>;
}

/** Other protocols are not offered: a request that proposes one, as Java's client does with h2c, is answered as if it had not. */
export const asksForWebSocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/** Clients send a credential and filters; nothing larger than this. */
const maxFrameBytes = 16 * 1024;

export function registerFeed(
  app: FastifyInstance,
  doors: FeedDoors,
  { admission, answers }: { admission: Admission; answers: Answers },
): void {
  app.decorateRequest('known', null);
  app.register(websocketPlugin, {
    options: { maxPayload: maxFrameBytes, perMessageDeflate: false, clientTracking: false },
    // The door ends its sockets itself, with a code.
    preClose: (done) => done(),
    // ws has sent the close frame already, such as 1009 for a frame that is too large.
    errorHandler: () => undefined,
  });
  app.register(async (scope) => registerWebSocket(scope, doors, { admission, answers }));
  app.register(async (scope) => registerSocketIo(scope, doors));
  // An upgrade that was answered instead: its socket is nobody's, and would stay open.
  app.addHook('onResponse', async ({ raw }) => {
    if (asksForWebSocket(raw)) raw.socket.destroySoon();
  });
  app.addHook('onReady', async () => routeUpgrades(app, doors.socketIo));
}

function registerWebSocket(
  app: FastifyInstance,
  { webSocket, identify, origins }: FeedDoors,
  { admission, answers }: { admission: Admission; answers: Answers },
): void {
  app.route({
    method: 'GET',
    url: '/ws',
    exposeHeadRoute: false,
    async onRequest(request, reply) {
      if (!origins.admits(request.headers)) throw new ApiError('ORIGIN_NOT_ALLOWED');
      const credential = feedCredential(request);
      if (credential === undefined) return;
      try {
        request.known = await identify(credential);
      } catch (error) {
        await admission.countStray(request, reply);
        throw error;
      }
    },
    async preHandler(request) {
      const wanted = wantedOfQuery(request.query as WantedQuery);
      if ('code' in wanted) throw ApiError.of(wanted);
    },
    handler: (request, reply) => {
      reply.header('upgrade', 'websocket');
      return answers.fail(request, reply, new ApiError('UPGRADE_REQUIRED'));
    },
    wsHandler(socket, request) {
      const wanted = wantedOfQuery(request.query as WantedQuery);
      const upgraded = { socket, connection: request.raw.socket, address: request.ip };
      webSocket.serve(upgraded, request.known ?? undefined, 'code' in wanted ? {} : wanted);
    },
  });
}

function registerSocketIo(app: FastifyInstance, { socketIo, forwardPolls }: FeedDoors): void {
  // Engine.IO reads the body of its requests itself.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: `${socketIoPath}*`,
    exposeHeadRoute: false,
    handler(request: FastifyRequest, reply: FastifyReply) {
      reply.hijack();
      const { sid } = request.query as { sid?: unknown };
      const node = typeof sid === 'string' ? sid.slice(0, socketIo.node.length) : socketIo.node;
      if (node === socketIo.node) socketIo.handleRequest(request.raw, reply.raw);
      else void forwardPolls.forward(node, request.raw, reply.raw);
    },
  });
}

/**
 * The WebSocket plugin and Engine.IO each answer every upgrade and end the other's: with both on a server, Socket.IO stays on polling
 * without a word. So one listener decides by path.
 */
function routeUpgrades(app: FastifyInstance, socketIo: SocketIoDoor): void {
  const others = app.server.listeners('upgrade');
  app.server.removeAllListeners('upgrade');
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.startsWith(socketIoPath)) socketIo.handleUpgrade(request, socket, head);
    else for (const listener of others) listener.call(app.server, request, socket, head);
  });
}
