/** A WebSocket of which every byte after the handshake is the spec's own: for frames that no library would send. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface RawFrame {
  /** First byte: final, reserved bits, opcode. */
  head: number;
  /** How long it says it is. */
  declared: number;
  payload: Buffer;
  masked: boolean;
}
export interface RawSocket {
  send(frame: RawFrame): void;
  write(bytes: Buffer): void;
  /** Text frames that came. */
  texts: string[];
  /** Code of the close frame; undefined when the connection ended without one. */
  closed: Promise<number | undefined>;
  destroy(): void;
  /** Ends it with an RST instead of a FIN. */
  reset(): void;
}

export async function openRawSocket(url: string, headers: Record<string, string>): Promise<RawSocket> {
  const asked = request(url.replace('ws', 'http'), {
    headers: {
      ...headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
  });
  asked.end();
  const [, socket, head] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex, Buffer];
  const texts: string[] = [];
  const closed = new Promise<number | undefined>((resolve) => {
    let received = head;
    const read = (): void => {
      for (;;) {
        const frame = readFrame(received);
        if (frame === undefined) return;
        received = received.subarray(frame.end);
        if (frame.opcode === 1) texts.push(frame.payload.toString());
        if (frame.opcode === 8) resolve(frame.payload.length < 2 ? undefined : frame.payload.readUInt16BE());
      }
    };
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      read();
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    read();
  });
  const write = (bytes: Buffer): void => {
    if (!socket.destroyed && socket.writable) socket.write(bytes);
  };
  return {
    closed,
    texts,
    write,
    send: (frame) => write(encodeFrame(frame)),
    destroy: () => socket.destroy(),
    reset: () => void (socket as Socket).resetAndDestroy(),
  };
}

/** RFC 6455, 5.2; undefined while it is not whole. */
function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const end = start + length;
  return bytes.length < end ? undefined : { opcode: bytes[0]! & 0x0f, payload: bytes.subarray(start, end), end };
}

export function encodeFrame({ head, declared, payload, masked }: RawFrame): Buffer {
  const maskBit = masked ? 0x80 : 0;
  const length =
    declared < 126
      ? Buffer.from([declared | maskBit])
      : declared < 65_536
        ? Buffer.from([126 | maskBit, declared >> 8, declared & 0xff])
        : Buffer.concat([Buffer.from([127 | maskBit]), bigEndian(declared)]);
  if (!masked) return Buffer.concat([Buffer.from([head]), length, payload]);
  const mask = randomBytes(4);
  const hidden = Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]!));
  return Buffer.concat([Buffer.from([head]), length, mask, hidden]);
}
function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
export const textFrameOf = (text: string): RawFrame => {
  const payload = Buffer.from(text);
  return { head: 0x81, declared: payload.length, payload, masked: true };
};
