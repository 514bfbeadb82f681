/** Clients that only count frames: what is measured is who sends them. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { serveCalls } from '../child-calls.ts';

let sockets: Duplex[] = [];
let received = 0;
let wanted = Number.POSITIVE_INFINITY;
let done = Promise.withResolvers<number>();

/** Reads frame lengths (RFC 6455, 5.2) and skips what is in them. */
function createCounter(): (chunk: Buffer) => void {
  let skip = 0;
  let head: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let at = Math.min(skip, chunk.length);
    skip -= at;
    let frames = 0;
    const all = head.length === 0 ? chunk : Buffer.concat([head, chunk.subarray(at)]);
    if (head.length > 0) at = 0;
    head = Buffer.alloc(0);
    while (at < all.length) {
      const left = all.length - at;
      const short = left < 2 ? 0 : all[at + 1]! & 0x7f;
      const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (left < headBytes) {
        head = all.subarray(at);
        break;
      }
      const length =
        short < 126 ? short : short === 126 ? all.readUInt16BE(at + 2) : Number(all.readBigUInt64BE(at + 2));
      // Control frames are not counted.
      if ((all[at]! & 0x0f) < 8) frames += 1;
      const next = at + headBytes + length;
      at = Math.min(next, all.length);
      skip = next - at;
    }
    received += frames;
    if (received >= wanted) done.resolve(Date.now());
  };
}

/** Events end with an empty line; so does what a stream begins with. The framing of HTTP parts none. */
function createStreamCounter(): (chunk: Buffer) => void {
  let endsOpen = false;
  return (chunk) => {
    if (endsOpen && chunk[0] === 10) received += 1;
    for (let at = chunk.indexOf('\n\n'); at >= 0; at = chunk.indexOf('\n\n', at + 2)) received += 1;
    endsOpen = chunk.at(-1) === 10 && chunk.at(-2) !== 10;
    if (received >= wanted) done.resolve(Date.now());
  };
}

async function openStream({ url, headers }: Target): Promise<Duplex> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay(true);
  const lines = Object.entries({ host: hostname, accept: 'text/event-stream', ...headers });
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  if (!first.includes(' 200 ')) throw new Error(`${url} answered ${first}`);
  return watch(socket, createStreamCounter(), first);
}

/** `CONNECT` of Socket.IO in a message of Engine.IO, as a frame of a client whose mask changes nothing. */
const connectPacket = Buffer.from([0x81, 0x82, 0, 0, 0, 0, ...Buffer.from('40')]);

function watch(socket: Duplex, count: (chunk: Buffer) => void, first: Buffer): Duplex {
  if (first.length > 0) count(first);
  socket.on('data', count);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (sockets.includes(socket)) done.reject(new Error('a socket was closed'));
  });
  return socket;
}

async function openSocket({ url, headers, door }: Target): Promise<Duplex> {
  const key = randomBytes(16).toString('base64');
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
  };
  const asked = request(url, { headers: { ...headers, ...upgrade } });
  asked.on('response', ({ statusCode }) => asked.destroy(new Error(`${url} answered ${statusCode}`)));
  asked.end();
  const [, socket, first] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex, Buffer];
  if (door === 'socketio') socket.write(connectPacket);
  return watch(socket, createCounter(), first);
}

interface Target {
  url: string;
  headers: Record<string, string>;
  door: 'ws' | 'socketio' | 'sse';
}

serveCalls({
  /** @param expected frames of each that are waited for by `arrived`, where they begin to come at once */
  async open({
    count,
    readyFrames,
    expected,
    ...target
  }: Target & { count: number; readyFrames: number; expected?: number }) {
    const former = sockets;
    sockets = [];
    for (const socket of former) socket.destroy();
    received = 0;
    wanted = expected === undefined ? Number.POSITIVE_INFINITY : expected * count;
    done = Promise.withResolvers();
    const open = target.door === 'sse' ? openStream : openSocket;
    while (sockets.length < count) {
      const next = Math.min(50, count - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: next }, () => open(target)))));
    }
    while (expected === undefined && received < count * readyFrames)
      await new Promise((resolve) => setTimeout(resolve, 10));
  },
  /** Each socket will get so many more. */
  expect(events: number) {
    received = 0;
    wanted = events * sockets.length;
    done = Promise.withResolvers();
  },
  /** @returns when they were there, milliseconds since 1970 */
  arrived: () => done.promise,
});
