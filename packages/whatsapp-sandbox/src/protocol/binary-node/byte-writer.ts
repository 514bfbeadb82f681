/** A growing byte buffer. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(512);
  #length = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Big-endian, `size` bytes (1 to 6). */
  uint(value: number, size: number): void {
    this.#reserve(size);
    this.#length = this.#bytes.writeUIntBE(value, this.#length, size);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  utf8(text: string, byteLength: number): void {
    this.#reserve(byteLength);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
