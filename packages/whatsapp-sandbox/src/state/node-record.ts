import type { Node } from '../protocol/index.ts';

/** JSON form of a stanza: bytes as base64 under `bytes`. */
export interface NodeRecord {
  tag: string;
  attrs: Record<string, string>;
  children?: NodeRecord[];
  text?: string;
  bytes?: string;
}

export function nodeRecord({ tag, attrs, content }: Node): NodeRecord {
  if (content === undefined) return { tag, attrs };
  if (Array.isArray(content)) return { tag, attrs, children: content.map(nodeRecord) };
  if (typeof content === 'string') return { tag, attrs, text: content };
  return { tag, attrs, bytes: content.toString('base64') };
}

export function restoreNode({ tag, attrs, children, text, bytes }: NodeRecord): Node {
  if (children) return { tag, attrs, content: children.map(restoreNode) };
  if (text !== undefined) return { tag, attrs, content: text };
  if (bytes !== undefined) return { tag, attrs, content: Buffer.from(bytes, 'base64') };
  return { tag, attrs };
}
