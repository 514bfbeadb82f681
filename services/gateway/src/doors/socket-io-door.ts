/**
 * Socket.IO on the gateway's port: the documentation's events, each `{...data, id, type, timestamp, cursor}`. Every gateway reads the
 * feed itself, so nothing is broadcast between gateways and there is no adapter; see ADR 11.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type CloseReason,
  closeCodes,
  errorCatalogue,
  type FeedSubscription,
  type RejectionBody,
  socketEventNames,
} from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import { Server, type Socket } from 'socket.io';
import type { WebSocket } from 'ws';
import { looksLikeApiKey } from '../authenticate/api-keys.ts';
import type { Known } from '../authenticate/identify.ts';
import type { IdentifyPeer } from '../authenticate/identify-peer.ts';
import { presentedCredential } from '../authenticate/presented-credential.ts';
import type { FeedEntry } from '../feed/feed-entry.ts';
import type { AllowedOrigins } from '../http/allowed-origins.ts';
import { ApiError } from '../http/api-error.ts';
import type { ClientAddress } from '../rate-limits/client-address.ts';
import { slowReaderCut } from '../telemetry.ts';
import { closeSocket, lastWordsMs } from './close-socket.ts';
import type { Connections } from './connections.ts';
import { countUnsentBytes } from './count-unsent-bytes.ts';
import { createFrameBudget } from './frame-budget.ts';
import { createFrameWriters } from './frame-writer.ts';
import { type RunningSubscription, type Subscribe, scopeRefusal } from './subscribe.ts';
import { textFrame } from './text-frame.ts';
import { checked } from './wanted-events.ts';

export interface SocketIoDoor {
  /** First part of the session ids it gives out: tells the gateways apart. */
  readonly node: string;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}
export interface SocketIoDoorDeps {
  identifyPeer: IdentifyPeer;
  clientAddress: ClientAddress;
  /** For whom sockets without any credential act; undefined when they are refused. */
  identifyOpen: (() => Promise<Known>) | undefined;
  subscribe: Subscribe;
  connections: Connections;
  origins: AllowedOrigins;
  clock: Clock;
  logger: Logger;
}

export const socketIoPath = '/socket.io/';
/** A client sends its credential and filters, and nothing larger. */
const maxRequestBytes = 32 * 1024;

interface PeerData {
  known: Known;
  wanted: FeedSubscription;
}
interface Engine {
  generateId(): string;
  close(): void;
  on(event: 'connection', listener: (conn: Socket['conn']) => void): void;
}
type Peer = Socket<Record<string, never>, Record<string, (payload: unknown) => void>, Record<string, never>, PeerData>;

export function createSocketIoDoor(deps: SocketIoDoorDeps): SocketIoDoor {
  const { identifyPeer, clientAddress, identifyOpen, subscribe, connections, origins, clock, logger } = deps;
  const node = randomBytes(5).toString('hex');
  // Never listens: the gateway's own server hands over what is for Socket.IO, so that the two do not fight over its listeners.
  const inner = createServer();
  const io: Server = new Server(inner, {
    path: socketIoPath,
    maxHttpBufferSize: maxRequestBytes,
    cors: { origin: (origin, decide) => decide(null, origin !== undefined && origins.allows(origin)) },
    allowRequest: ({ headers }, decide) => decide(null, origins.admits(headers)),
    perMessageDeflate: false,
    httpCompression: false,
    connectTimeout: 10_000,
  });
  const upgraded = new Set<Duplex>();
  const createFrameWriter = createFrameWriters();
  const { engine } = io as unknown as { engine: Engine };
  engine.generateId = () => `${node}${randomBytes(15).toString('base64url')}`;
  engine.on('connection', (conn) => {
    const mayGoOn = createFrameBudget(clock);
    conn.on('packet', () => {
      if (!mayGoOn()) cutOff(conn, 'tooMany', 'Too many packets');
    });
  });

  async function admit(peer: Peer): Promise<PeerData> {
    const { auth, headers, query, address } = peer.handshake;
    const given = { ...query, ...auth } as Record<string, unknown>;
    const credential = text(auth.token) ?? presentedCredential(headers) ?? text(given.ticket) ?? text(query.token);
    const known =
      credential === undefined && identifyOpen !== undefined
        ? await identifyOpen()
        : await identifyPeer(strip(credential), clientAddress(address, headers));
    const refusal = scopeRefusal(known);
    if (refusal !== undefined) throw ApiError.of(refusal);
    const wanted = checked({
      ...(given.sessions === undefined ? {} : { sessions: listOf(given.sessions) }),
      ...(given.types === undefined ? {} : { types: listOf(given.types) }),
      ...(given.after === undefined || given.after === null ? {} : { after: given.after }),
    });
    if ('code' in wanted) throw ApiError.of(wanted);
    return { known, wanted };
  }

  async function serve(peer: Peer): Promise<void> {
    const { known, wanted } = peer.data;
    const { conn } = peer;
    const unsent = countUnsentBytes(conn);
    const frames = createFrameWriter((bytes) => {
      unsent.expect(bytes.length);
      conn.write('', { compress: false, wsPreEncodedFrame: [bytes] } as WriteOptions);
    });
    let running: RunningSubscription | undefined;
    let lastCursor: string | undefined;
    /** The place moves on with what the filters leave out. Engine.IO calls for each answer to its pings, one in 25 s. */
    function beat(): void {
      if (running === undefined || running.cursor === lastCursor) return;
      lastCursor = running.cursor;
      frames.flush();
      peer.emit('heartbeat', { type: 'heartbeat', cursor: lastCursor });
    }
    function end(reason: CloseReason, message: string): void {
      running?.stop();
      if (reason === 'slowReader') {
        cutOff(conn, reason, message);
        return;
      }
      frames.flush();
      peer.emit('closing', { code: closeCodes[reason], reason, message });
      // After these the client comes back by itself and resumes; after the others it must not.
      if (reason === 'restarting' || reason === 'unavailable') conn.close();
      else peer.disconnect(true);
    }
    const connection = connections.open(known, 'socketio', end);
    if ('code' in connection) return end('tooMany', connection.message ?? 'Too many connections');
    conn.on('heartbeat', beat);
    // The connection may outlive it: a client can leave and come again.
    peer.once('disconnect', () => {
      conn.off('heartbeat', beat);
      unsent.stop();
      running?.stop();
      connection.closed();
    });
    try {
      const subscription = await subscribe(known, wanted);
      if (!peer.connected) return subscription.cancel();
      peer.emit('ready', subscription.ready);
      if (subscription.expired !== undefined) peer.emit('resume_expired', subscription.expired);
      lastCursor = subscription.ready.cursor;
      running = subscription.start({
        deliver(entry) {
          lastCursor = entry.event.cursor;
          const { text, frame } = entry.as(eventPacket);
          // An upgrade leads from polling to WebSocket and never back: frames that wait find the transport that they are for.
          if (conn.transport.name === 'websocket') frames.write(frame);
          else {
            unsent.expect(text.length);
            conn.write(text);
          }
        },
        buffered: () => unsent.bytes() + frames.waiting,
        tooSlow() {
          slowReaderCut('socketio');
          end('slowReader', 'Too much waits to be read: connect again and resume');
        },
        unavailable: () => end('unavailable', 'The event log is away: connect again in a moment'),
      });
    } catch (error) {
      logger.warn({ err: error }, 'a Socket.IO client could not be served');
      end('unavailable', 'The event log is away: connect again in a moment');
    }
    peer.on('subscribe', (...args: unknown[]) => {
      const answer = args.findLast((each) => typeof each === 'function') as ((reply: unknown) => void) | undefined;
      const next = checked(args[0]);
      if ('code' in next) answer?.({ code: next.code, message: next.message });
      else if (running !== undefined) {
        frames.flush();
        answer?.(running.change(next, known));
      }
    });
  }

  io.use((peer: Peer, next) => {
    admit(peer).then(
      (data) => {
        peer.data = data;
        next();
      },
      (error: unknown) => next(connectError(error)),
    );
  });
  io.on('connection', (peer: Peer) => void serve(peer));

  return {
    node,
    handleRequest: (request, response) => void inner.emit('request', request, response),
    handleUpgrade(request, socket, head) {
      upgraded.add(socket);
      socket.once('close', () => upgraded.delete(socket));
      inner.emit('upgrade', request, socket, head);
    },
    async close() {
      // Ends the transport, not the socket: clients take it for a lost connection and come back.
      engine.close();
      await io.close();
      // Who answers no close frame would hold the process for half a minute.
      const cut = setTimeout(() => {
        for (const socket of upgraded) socket.destroy();
      }, lastWordsMs);
      // `once` of node:events would reject with the error of a client that resets its connection just now, and end the process in the midst of its stop.
      await Promise.all([...upgraded].map((socket) => new Promise<void>((gone) => socket.once('close', gone))));
      clearTimeout(cut);
    },
  };
}

/** Who does not read would not see a last event: the code stands in the close frame, where there is one. What waits is let go. */
function cutOff(conn: Socket['conn'], reason: CloseReason, message: string): void {
  const { socket } = conn.transport as { socket?: WebSocket };
  if (socket !== undefined) closeSocket(socket, reason, message);
  conn.close(true);
}

/** What `emit` would make of an event for each socket anew: the message that Engine.IO takes, and the frame in which its WebSockets send it. */
function eventPacket(entry: FeedEntry): { text: string; frame: Buffer } {
  const text = `${engineMessage.event}${JSON.stringify([nameOf(entry), payloadOf(entry)])}`;
  return { text, frame: textFrame(`${engineMessage.message}${text}`) };
}
/** Packet types of the two protocols: `message` of Engine.IO 4, `EVENT` of Socket.IO 5. */
const engineMessage = { message: '4', event: '2' } as const;
/** Engine.IO writes these bytes to a WebSocket in place of the packet; they may be several frames. Not in its types. */
interface WriteOptions {
  compress: boolean;
  wsPreEncodedFrame: Buffer[];
}

const nameOf = ({ event }: FeedEntry): string => socketEventNames[event.type] ?? event.type;
const payloadOf = ({ event: { data, ...event } }: FeedEntry): unknown => ({ ...data, ...event });

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
/** `auth.token` is often filled with what belongs into the header. */
const strip = (credential: string | undefined): string | undefined =>
  credential === undefined || looksLikeApiKey(credential) ? credential : credential.replace(/^bearer\s+/i, '');
const listOf = (value: unknown): unknown => (typeof value === 'string' ? value.split(',') : value);

/** What `connect_error` brings: the message, and the error of the catalogue in `data`. */
function connectError(error: unknown): Error & { data: RejectionBody } {
  const rejection: RejectionBody = error instanceof ApiError ? error.rejection : { code: 'SERVICE_UNAVAILABLE' };
  const message = rejection.message ?? errorCatalogue[rejection.code].message;
  return Object.assign(new Error(message), { data: { ...rejection, message } });
}
