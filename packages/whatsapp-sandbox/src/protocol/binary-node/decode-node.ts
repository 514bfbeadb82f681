import type { Node } from './node.ts';

/**
 * Reads what AES gave back: flags byte (bit 1: the rest is zlib-compressed), then exactly one binary node.
 * Throws ProtocolError `malformed-node`.
 */
export function decodeNode(_frame: Buffer): Node {
  throw new Error('not written yet');
}
