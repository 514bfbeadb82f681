import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AdminRoutes } from './admin-routes.ts';

/** Path of WhatsApp's multi-device socket. */
export const CHAT_PATH = '/ws/chat';
/** Largest WebSocket message accepted; a client's biggest burst is its 812 prekeys, about 50 kB. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export interface ListenerOptions {
  host: string;
  /** 0 picks a free one. */
  port: number;
  tls: { key: string | Buffer; cert: string | Buffer } | undefined;
  adminRoutes: AdminRoutes;
  /** HTTP status to answer an upgrade with instead of accepting it. */
  refuseUpgrade: () => number | undefined;
  onConnection: (socket: WebSocket, ownerHint: string | undefined) => void;
}

/** The one port of the sandbox: the WebSocket of the network, and a few admin routes. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
  });

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = options.tls ? createTlsServer(options.tls) : createServer();
    this.#server.on('request', (request, response) => options.adminRoutes(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Port in use; 0 before start. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  async start(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Stops listening; open WebSockets must be ended by their owner. */
  async stop(): Promise<void> {
    this.#webSockets.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that resets while it is being refused.
    socket.on('error', () => socket.destroy());
    const url = new URL(request.url ?? '/', 'http://sandbox');
    const refusal = url.pathname === CHAT_PATH ? this.#options.refuseUpgrade() : 404;
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    const ownerHint = url.searchParams.get('owner') ?? undefined;
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#options.onConnection(webSocket, ownerHint),
    );
  }
}
