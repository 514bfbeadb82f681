import type { Node } from './node.ts';

/** A stanza as it goes into AES: flags byte 0 (not compressed), then the binary node. */
export function encodeNode(_node: Node): Buffer {
  throw new Error('not written yet');
}
