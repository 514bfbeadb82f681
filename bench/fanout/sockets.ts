/** Clients that only count frames: what is measured is who sends them. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
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

async function open(url: string, headers: Record<string, string>): Promise<Duplex> {
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
  const count = createCounter();
  if (first.length > 0) count(first);
  socket.on('data', count);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (sockets.includes(socket)) done.reject(new Error('a socket was closed'));
  });
  return socket;
}

serveCalls({
  async open({
    url,
    headers,
    count,
    readyFrames,
  }: {
    url: string;
    headers: Record<string, string>;
    count: number;
    readyFrames: number;
  }) {
    const former = sockets;
    sockets = [];
    for (const socket of former) socket.destroy();
    received = 0;
    wanted = Number.POSITIVE_INFINITY;
    while (sockets.length < count) {
      const next = Math.min(50, count - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: next }, () => open(url, headers)))));
    }
    while (received < count * readyFrames) await new Promise((resolve) => setTimeout(resolve, 10));
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
