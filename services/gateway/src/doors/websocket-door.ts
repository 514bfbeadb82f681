/** `GET /ws`: the feed over a plain WebSocket. Frames are described in the contracts, `feed/socket.ts`. */
import type { Duplex } from 'node:stream';
import {
  type ClientFrame,
  type CloseReason,
  clientFrames,
  type FeedSubscription,
  type RejectionBody,
  type ServerFrame,
} from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { RawData, WebSocket } from 'ws';
import type { Known } from '../authenticate/identify.ts';
import type { IdentifyPeer } from '../authenticate/identify-peer.ts';
import type { FeedEntry } from '../feed/feed-entry.ts';
import { ApiError } from '../http/api-error.ts';
import { slowReaderCut } from '../telemetry.ts';
import { closeSocket } from './close-socket.ts';
import type { Connections, OpenConnection } from './connections.ts';
import { createFrameBudget } from './frame-budget.ts';
import { createFrameWriters } from './frame-writer.ts';
import { type RunningSubscription, type Subscribe, scopeRefusal } from './subscribe.ts';
import { textFrame } from './text-frame.ts';

export interface WebSocketDoor {
  /** @param known who asked for the upgrade, where a header or a ticket told */
  serve(socket: UpgradedSocket, known: Known | undefined, wanted: FeedSubscription): void;
  close(): Promise<void>;
}
/** Events go straight to the connection beneath: their frames are made once for all sockets. There are no extensions. */
export interface UpgradedSocket {
  socket: WebSocket;
  connection: Duplex;
  /** Of the client. */
  address: string;
}
export interface WebSocketDoorDeps {
  identifyPeer: IdentifyPeer;
  subscribe: Subscribe;
  connections: Connections;
  clock: Clock;
  logger: Logger;
}

const authTimeoutMs = 10_000;
/** Also the longest that a dead peer is kept, twice over. */
const heartbeatMs = 30_000;

const isClientFrame = Compile(Type.Union(Object.values(clientFrames)));

export function createWebSocketDoor({
  identifyPeer,
  subscribe,
  connections,
  clock,
  logger,
}: WebSocketDoorDeps): WebSocketDoor {
  const peers = new Set<Peer>();
  const createFrameWriter = createFrameWriters();
  const heartbeat = setInterval(() => {
    for (const peer of peers) peer.beat();
  }, heartbeatMs);
  heartbeat.unref();

  interface Peer {
    beat(): void;
    end(reason: CloseReason, message: string): void;
    gone: Promise<void>;
  }

  function serve(
    { socket, connection: beneath, address }: UpgradedSocket,
    first: Known | undefined,
    wanted: FeedSubscription,
  ): void {
    const events = createFrameWriter((bytes) => {
      if (socket.readyState === socket.OPEN) beneath.write(bytes);
    });
    const mayGoOn = createFrameBudget(clock);
    let known: Known | undefined;
    let connection: OpenConnection | undefined;
    let running: RunningSubscription | undefined;
    let alive = true;
    let ended = false;
    let lastCursor: string | undefined;
    let work: Promise<void> = Promise.resolve();
    const gone = Promise.withResolvers<void>();
    const peer: Peer = { beat, end, gone: gone.promise };
    const authTimer = clock.setTimeout(() => {
      if (known === undefined) end('authTimeout', 'No credential came in time');
    }, authTimeoutMs);

    function say(frame: ServerFrame): void {
      if (socket.readyState !== socket.OPEN) return;
      events.flush();
      socket.send(JSON.stringify(frame));
    }
    function end(reason: CloseReason, message: string, code: string = reason): void {
      if (ended) return;
      ended = true;
      running?.stop();
      events.flush();
      // Who does not read would not read this either.
      if (reason !== 'slowReader') say({ type: 'error', code, message });
      closeSocket(socket, reason, message);
    }
    function refuse(refusal: RejectionBody): void {
      end(reasonOf(refusal), refusal.message ?? 'Refused', refusal.code);
    }
    async function admit(by: Known, asked: FeedSubscription): Promise<void> {
      const refusal = scopeRefusal(by);
      if (refusal !== undefined) return refuse(refusal);
      const opened = connections.open(by, 'ws', (reason, message) => end(reason, message));
      if ('code' in opened) return refuse(opened);
      known = by;
      connection = opened;
      authTimer.cancel();
      const subscription = await subscribe(by, asked);
      if (ended || socket.readyState !== socket.OPEN) return subscription.cancel();
      say(subscription.ready);
      if (subscription.expired !== undefined) say(subscription.expired);
      lastCursor = subscription.ready.cursor;
      running = subscription.start({
        deliver(entry) {
          lastCursor = entry.event.cursor;
          events.write(entry.as(eventFrame));
        },
        buffered: () => socket.bufferedAmount + events.waiting,
        tooSlow() {
          slowReaderCut('ws');
          end('slowReader', 'Too much waits to be read: connect again and resume');
        },
        unavailable: () => end('unavailable', 'The event log is away: connect again in a moment'),
      });
    }
    async function carryOut(frame: ClientFrame): Promise<void> {
      switch (frame.type) {
        case 'ping':
          return say({ type: 'pong' });
        case 'subscribe':
          if (running === undefined || known === undefined)
            return end('unauthorized', 'The first frame must be auth', 'UNAUTHORIZED');
          return say(running.change(frame, known));
        case 'auth': {
          const { type: _, token, ...asked } = frame;
          const by = await identifyPeer(token, address);
          if (known === undefined) return admit(by, asked);
          if (by.identity.tenant !== known.identity.tenant)
            return end('unauthorized', 'The credential is of another account', 'UNAUTHORIZED');
          known = by;
          connection?.renew(by);
          if (running !== undefined) say(running.change(asked, by));
          return;
        }
        default:
          frame satisfies never;
      }
    }
    function receive(data: RawData, isBinary: boolean): void {
      if (ended) return;
      alive = true;
      if (isBinary) {
        end('binaryFrame', 'Frames are JSON texts');
        return;
      }
      if (!mayGoOn()) {
        end('tooMany', 'Too many frames', 'RATE_LIMITED');
        return;
      }
      const frame = parse(data);
      if (frame === undefined) end('badFrame', 'Not a frame of this protocol', 'VALIDATION_FAILED');
      else enqueue(() => carryOut(frame));
    }
    /** One after the other, so that a frame finds what the one before it has done. */
    function enqueue(run: () => Promise<void>): void {
      work = work
        .then(() => (ended ? undefined : run()))
        .catch((error: unknown) => {
          if (error instanceof ApiError) {
            refuse(error.rejection);
            return;
          }
          logger.warn({ err: error }, 'a socket could not be served');
          end('unavailable', 'The event log is away: connect again in a moment');
        });
    }
    function beat(): void {
      if (!alive) {
        socket.terminate();
        return;
      }
      alive = false;
      socket.ping();
      if (running === undefined || running.cursor === lastCursor || ended) return;
      lastCursor = running.cursor;
      say({ type: 'heartbeat', cursor: lastCursor });
    }

    peers.add(peer);
    socket.on('message', receive);
    socket.on('pong', () => {
      alive = true;
    });
    socket.on('close', () => {
      ended = true;
      running?.stop();
      connection?.closed();
      authTimer.cancel();
      peers.delete(peer);
      gone.resolve();
    });
    if (first !== undefined) enqueue(() => admit(first, wanted));
  }

  return {
    serve,
    async close() {
      clearInterval(heartbeat);
      for (const peer of [...peers]) peer.end('restarting', 'The gateway stops: connect again');
      await Promise.all([...peers].map((peer) => peer.gone));
    },
  };
}

const eventFrame = (entry: FeedEntry): Buffer => textFrame(entry.text());

function parse(data: RawData): ClientFrame | undefined {
  try {
    const frame: unknown = JSON.parse(String(data));
    return isClientFrame.Check(frame) ? (frame as ClientFrame) : undefined;
  } catch {
    return undefined;
  }
}

const reasonOf = ({ code }: RejectionBody): CloseReason => {
  switch (code) {
    case 'UNAUTHORIZED':
      return 'unauthorized';
    case 'TOO_MANY_CONNECTIONS':
    case 'RATE_LIMITED':
      return 'tooMany';
    case 'SERVICE_UNAVAILABLE':
      return 'unavailable';
    case 'VALIDATION_FAILED':
      return 'badFrame';
    default:
      return 'forbidden';
  }
};
