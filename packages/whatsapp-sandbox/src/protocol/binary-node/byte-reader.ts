import { ProtocolError } from '../protocol-error.ts';

/** Bounds-checked reading of untrusted bytes; running past the end throws ProtocolError `malformed-node`. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  get position(): number {
    return this.#position;
  }

  rewind(position: number): void {
    this.#position = position;
  }

  byte(): number {
    return this.#bytes[this.#advance(1)]!;
  }

  /** Big-endian, `size` bytes (1 to 6). */
  uint(size: number): number {
    return this.#bytes.readUIntBE(this.#advance(size), size);
  }

  /** A view on the next `size` bytes, not a copy. */
  raw(size: number): Buffer {
    const start = this.#advance(size);
    return this.#bytes.subarray(start, start + size);
  }

  #advance(size: number): number {
    const start = this.#position;
    if (size > this.remaining) {
      throw new ProtocolError('malformed-node', `${size} bytes announced, ${this.remaining} left`);
    }
    this.#position += size;
    return start;
  }
}
