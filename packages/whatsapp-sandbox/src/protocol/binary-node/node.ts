/**
 * One stanza of the WhatsApp stream: what an XML element would be, in the binary encoding.
 * Received text content is a string only where the sender packed it (token, digits, hex, jid); anything else is a
 * Buffer, so read content through `contentText` / `contentBytes`.
 */
export interface Node {
  tag: string;
  attrs: Record<string, string>;
  content?: Node[] | Buffer | string;
}

/** Children with `tag`, or all of them; empty when the content is not a list. */
export function childNodes(node: Node | undefined, tag?: string): Node[] {
  if (!node || !Array.isArray(node.content)) return [];
  return tag === undefined ? node.content : node.content.filter((child) => child.tag === tag);
}

/** The first child with `tag`, or the first child at all. */
export function childNode(node: Node | undefined, tag?: string): Node | undefined {
  if (!node || !Array.isArray(node.content)) return undefined;
  return tag === undefined ? node.content[0] : node.content.find((child) => child.tag === tag);
}

/** The content as bytes (UTF-8 for text); undefined when there is none or it is a list. */
export function contentBytes(node: Node | undefined): Buffer | undefined {
  if (node?.content === undefined || Array.isArray(node.content)) return undefined;
  return typeof node.content === 'string' ? Buffer.from(node.content, 'utf8') : node.content;
}

/** The content as text; undefined when there is none or it is a list. */
export function contentText(node: Node | undefined): string | undefined {
  if (node?.content === undefined || Array.isArray(node.content)) return undefined;
  return typeof node.content === 'string' ? node.content : node.content.toString('utf8');
}

/** The content as an unsigned big-endian integer of 1 to 6 bytes (ids and registration ids); undefined otherwise. */
export function contentUint(node: Node | undefined): number | undefined {
  const bytes = contentBytes(node);
  if (!bytes || bytes.length < 1 || bytes.length > 6) return undefined;
  return bytes.readUIntBE(0, bytes.length);
}

/** `value` in `size` bytes, big-endian, as prekey ids (3) and registration ids (4) travel. */
export function uintBytes(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}
