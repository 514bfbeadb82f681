import { ProtocolError } from '../protocol-error.ts';

const HEADER_SIZE = 3;
const WA_HEADER_SIZE = 4;
const ROUTING_HEADER_SIZE = 7;
/** Real routing info has a few dozen bytes. */
const MAX_ROUTING_BYTES = 4096;

/** What every client sends before its first frame: 'WA', protocol 6, dictionary 3. Part of the Noise prologue. */
export const CLIENT_HEADER = Buffer.from([0x57, 0x41, 6, 3]);
/** 'ED' 00 01: edge-routing info of 3-byte length follows, then the client header. */
const ROUTING_MAGIC = Buffer.from([0x45, 0x44, 0, 1]);

/** Cuts a byte stream into frames: an intro once, then 3-byte big-endian length + body, over and over. */
export class FrameSplitter {
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes that arrived while more were needed; joined once enough are there, so slow senders cost no copying. */
  #late: Buffer[] = [];
  #available = 0;
  #introRead = false;
  routingInfo: Buffer | undefined;

  push(bytes: Buffer): void {
    this.#late.push(bytes);
    this.#available += bytes.length;
  }

  /** The next whole frame's body, or undefined until more bytes come. ProtocolError for a bad intro or a huge frame. */
  next(maxFrameBytes: number): Buffer | undefined {
    if (!this.#introRead && !this.#readIntro()) return undefined;
    const header = this.#peek(HEADER_SIZE);
    if (!header) return undefined;
    const size = header.readUIntBE(0, HEADER_SIZE);
    if (size > maxFrameBytes) {
      throw new ProtocolError('frame-too-large', `a frame of ${size} bytes; the limit is ${maxFrameBytes}`);
    }
    const frame = this.#peek(HEADER_SIZE + size);
    if (!frame) return undefined;
    this.#drop(HEADER_SIZE + size);
    return frame.subarray(HEADER_SIZE, HEADER_SIZE + size);
  }

  #readIntro(): boolean {
    const start = this.#peek(WA_HEADER_SIZE);
    if (!start) return false;
    if (start.subarray(0, ROUTING_MAGIC.length).equals(ROUTING_MAGIC)) return this.#readRouting();
    if (!start.subarray(0, WA_HEADER_SIZE).equals(CLIENT_HEADER)) {
      throw new ProtocolError('malformed-frame', 'the connection does not start with the WA header');
    }
    this.#drop(WA_HEADER_SIZE);
    this.#introRead = true;
    return true;
  }

  #readRouting(): boolean {
    if (this.routingInfo) throw new ProtocolError('malformed-frame', 'routing info twice');
    const header = this.#peek(ROUTING_HEADER_SIZE);
    if (!header) return false;
    const size = header.readUIntBE(ROUTING_MAGIC.length, 3);
    if (size > MAX_ROUTING_BYTES) throw new ProtocolError('frame-too-large', `routing info of ${size} bytes`);
    const whole = this.#peek(ROUTING_HEADER_SIZE + size);
    if (!whole) return false;
    this.routingInfo = Buffer.from(whole.subarray(ROUTING_HEADER_SIZE, ROUTING_HEADER_SIZE + size));
    this.#drop(ROUTING_HEADER_SIZE + size);
    return this.#readIntro();
  }

  #peek(size: number): Buffer | undefined {
    if (this.#available < size) return undefined;
    if (this.#pending.length < size) {
      this.#pending = Buffer.concat([this.#pending, ...this.#late]);
      this.#late = [];
    }
    return this.#pending;
  }

  #drop(size: number): void {
    this.#pending = this.#pending.subarray(size);
    this.#available -= size;
  }
}

/** A frame around `body`, ready for the wire. */
export function frame(body: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_SIZE + body.length);
  framed.writeUIntBE(body.length, 0, HEADER_SIZE);
  body.copy(framed, HEADER_SIZE);
  return framed;
}
