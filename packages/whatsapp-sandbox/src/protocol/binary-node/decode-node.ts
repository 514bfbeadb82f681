import { inflateSync } from 'node:zlib';
import { ProtocolError, refuseAs } from '../protocol-error.ts';
import { ByteReader } from './byte-reader.ts';
import { formatJid, JID_DOMAINS } from './jid.ts';
import type { Node } from './node.ts';
import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from './token-dictionaries.ts';
import { FLAG_COMPRESSED, HEX_ALPHABET, NIBBLE_ALPHABET, PACKED_FILLER, TAG } from './wire-tags.ts';

/** A compressed frame may grow to this much; real ones stay far below. */
const MAX_INFLATED_BYTES = 16 << 20;
/** Real stanzas nest about five deep. */
const MAX_DEPTH = 64;
/** Clients take any text with an @ for a jid, so a name such as `a@b@c` arrives as a jid in a jid. */
const MAX_JID_DEPTH = 8;

/**
 * Reads what AES gave back: flags byte (bit 1: the rest is zlib-compressed), then exactly one binary node.
 * Throws ProtocolError `malformed-node`.
 */
export function decodeNode(frame: Buffer): Node {
  const flags = frame[0];
  if (flags === undefined) throw new ProtocolError('malformed-node', 'an empty frame');
  const rest = frame.subarray(1);
  const body =
    flags & FLAG_COMPRESSED
      ? refuseAs('malformed-node', 'the compressed part does not inflate', () =>
          inflateSync(rest, { maxOutputLength: MAX_INFLATED_BYTES }),
        )
      : rest;
  const reader = new ByteReader(body);
  const node = readNode(reader, 0);
  if (reader.remaining > 0) throw new ProtocolError('malformed-node', `${reader.remaining} bytes after the node`);
  return node;
}

function readNode(reader: ByteReader, depth: number): Node {
  if (depth > MAX_DEPTH) throw new ProtocolError('malformed-node', `nested more than ${MAX_DEPTH} deep`);
  const size = readListSize(reader, reader.byte());
  if (size === 0) throw new ProtocolError('malformed-node', 'a node without a tag');
  const tag = readText(reader, reader.byte());
  if (tag === '') throw new ProtocolError('malformed-node', 'a node with an empty tag');
  const attrs: Record<string, string> = {};
  for (let i = 0; i < (size - 1) >> 1; i++) {
    const name = readText(reader, reader.byte());
    if (name === '__proto__') throw new ProtocolError('malformed-node', 'an attribute named __proto__');
    attrs[name] = readText(reader, reader.byte());
  }
  return size % 2 === 0 ? { tag, attrs, content: readContent(reader, depth) } : { tag, attrs };
}

function readContent(reader: ByteReader, depth: number): Node[] | Buffer | string {
  const lead = reader.byte();
  switch (lead) {
    case TAG.LIST_EMPTY:
    case TAG.LIST_8:
    case TAG.LIST_16: {
      const size = readListSize(reader, lead);
      const children: Node[] = [];
      for (let i = 0; i < size; i++) children.push(readNode(reader, depth + 1));
      return children;
    }
    case TAG.BINARY_8:
    case TAG.BINARY_20:
    case TAG.BINARY_32:
      return readBinary(reader, lead);
    default:
      return readText(reader, lead);
  }
}

function readListSize(reader: ByteReader, lead: number): number {
  if (lead === TAG.LIST_EMPTY) return 0;
  if (lead === TAG.LIST_8) return reader.byte();
  if (lead === TAG.LIST_16) return reader.uint(2);
  throw new ProtocolError('malformed-node', `a list expected, found tag ${lead}`);
}

function readBinary(reader: ByteReader, lead: number): Buffer {
  if (lead === TAG.BINARY_8) return reader.raw(reader.byte());
  if (lead === TAG.BINARY_20) return reader.raw(reader.uint(3) & 0xfffff);
  return reader.raw(reader.uint(4));
}

/** `depth` counts values inside jids, which the encoding would allow to nest without end. */
function readText(reader: ByteReader, lead: number, depth = 0): string {
  switch (lead) {
    case TAG.LIST_EMPTY:
      return '';
    case TAG.BINARY_8:
    case TAG.BINARY_20:
    case TAG.BINARY_32:
      return readBinary(reader, lead).toString('utf8');
    case TAG.NIBBLE_8:
      return readPacked(reader, NIBBLE_ALPHABET);
    case TAG.HEX_8:
      return readPacked(reader, HEX_ALPHABET);
    case TAG.JID_PAIR:
    case TAG.AD_JID:
    case TAG.FB_JID:
    case TAG.INTEROP_JID:
      if (depth > MAX_JID_DEPTH) throw new ProtocolError('malformed-node', 'jids nested in jids');
      return readJid(reader, lead, depth + 1);
    default:
      return readToken(reader, lead);
  }
}

function readToken(reader: ByteReader, lead: number): string {
  const isDouble = lead >= TAG.DICTIONARY_0 && lead <= TAG.DICTIONARY_3;
  const word = isDouble ? DOUBLE_BYTE_TOKENS[lead - TAG.DICTIONARY_0]?.[reader.byte()] : SINGLE_BYTE_TOKENS[lead];
  if (word === undefined) throw new ProtocolError('malformed-node', `unknown tag ${lead}`);
  return word;
}

function readPacked(reader: ByteReader, alphabet: string): string {
  const head = reader.byte();
  const odd = head >= 0x80;
  const bytes = reader.raw(head & 0x7f);
  let text = '';
  for (const [i, byte] of bytes.entries()) {
    const low = byte & 0x0f;
    text += packedChar(alphabet, byte >> 4);
    if (!odd || i < bytes.length - 1) text += packedChar(alphabet, low);
    else if (low !== PACKED_FILLER) throw new ProtocolError('malformed-node', 'an odd packed text without filler');
  }
  return text;
}

function packedChar(alphabet: string, half: number): string {
  const char = alphabet[half];
  if (char === undefined) throw new ProtocolError('malformed-node', `no packed character ${half}`);
  return char;
}

function readJid(reader: ByteReader, lead: number, depth: number): string {
  const text = (): string => readText(reader, reader.byte(), depth);
  switch (lead) {
    case TAG.JID_PAIR: {
      const user = text();
      return `${user}@${text()}`;
    }
    case TAG.AD_JID: {
      const domain = reader.byte();
      const device = reader.byte();
      const server = JID_DOMAINS.get(domain) ?? 's.whatsapp.net';
      return formatJid({ user: text(), server, device });
    }
    case TAG.FB_JID: {
      const user = text();
      const device = reader.uint(2);
      return `${user}:${device}@${text()}`;
    }
    default: {
      const user = text();
      const device = reader.uint(2);
      const integrator = reader.uint(2);
      return `${integrator}-${user}:${device}@${readInteropServer(reader, depth)}`;
    }
  }
}

/** The server of an interop jid may be left out. */
function readInteropServer(reader: ByteReader, depth: number): string {
  const start = reader.position;
  try {
    return readText(reader, reader.byte(), depth);
  } catch {
    reader.rewind(start);
    return 'interop';
  }
}
