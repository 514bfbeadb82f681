import { ProtocolError } from '../protocol-error.ts';
import { ByteWriter } from './byte-writer.ts';
import { JID_DOMAINS, parseJid } from './jid.ts';
import type { Node } from './node.ts';
import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from './token-dictionaries.ts';
import { HEX_ALPHABET, NIBBLE_ALPHABET, PACKED_FILLER, PACKED_MAX_CHARS, TAG } from './wire-tags.ts';

const TOKENS: ReadonlyMap<string, readonly number[]> = new Map([
  ...DOUBLE_BYTE_TOKENS.flatMap((table, tableIndex) =>
    table.map((word, index): [string, number[]] => [word, [TAG.DICTIONARY_0 + tableIndex, index]]),
  ),
  ...SINGLE_BYTE_TOKENS.slice(1).map((word, index): [string, number[]] => [word, [index + 1]]),
]);

const DOMAIN_OF_SERVER = new Map([...JID_DOMAINS].map(([domain, server]) => [server, domain]));

const NIBBLE_TEXT = /^[0-9.-]+$/;
const HEX_TEXT = /^[0-9A-F]+$/;
const MAX_LIST = 0xffff;
const MAX_AD_DEVICE = 0xff;

/**
 * A stanza as it goes into AES: flags byte 0 (not compressed), then the binary node.
 * Throws ProtocolError `malformed-node` for an empty tag or lists over 65535.
 */
export function encodeNode(node: Node): Buffer {
  const writer = new ByteWriter();
  writer.byte(0);
  writeNode(writer, node);
  return writer.finish();
}

function writeNode(writer: ByteWriter, { tag, attrs, content }: Node): void {
  if (tag === '') throw new ProtocolError('malformed-node', 'a node needs a tag');
  const attributes = Object.entries(attrs);
  writeListSize(writer, 1 + 2 * attributes.length + (content === undefined ? 0 : 1));
  writeText(writer, tag);
  for (const [name, value] of attributes) {
    writeText(writer, name);
    writeText(writer, value);
  }
  if (content === undefined) return;
  if (typeof content === 'string') {
    writeText(writer, content);
  } else if (Array.isArray(content)) {
    writeListSize(writer, content.length);
    for (const child of content) writeNode(writer, child);
  } else {
    writeBinarySize(writer, content.length);
    writer.raw(content);
  }
}

function writeListSize(writer: ByteWriter, size: number): void {
  if (size === 0) {
    writer.byte(TAG.LIST_EMPTY);
  } else if (size <= 0xff) {
    writer.byte(TAG.LIST_8);
    writer.byte(size);
  } else if (size <= MAX_LIST) {
    writer.byte(TAG.LIST_16);
    writer.uint(size, 2);
  } else {
    throw new ProtocolError('malformed-node', `a list of ${size} does not fit`);
  }
}

function writeBinarySize(writer: ByteWriter, size: number): void {
  if (size <= 0xff) {
    writer.byte(TAG.BINARY_8);
    writer.byte(size);
  } else if (size < 1 << 20) {
    writer.byte(TAG.BINARY_20);
    writer.uint(size, 3);
  } else {
    writer.byte(TAG.BINARY_32);
    writer.uint(size, 4);
  }
}

function writeText(writer: ByteWriter, text: string): void {
  const token = TOKENS.get(text);
  if (token) {
    for (const byte of token) writer.byte(byte);
    return;
  }
  const packable = text.length <= PACKED_MAX_CHARS;
  if (packable && NIBBLE_TEXT.test(text)) {
    writePacked(writer, text, TAG.NIBBLE_8, NIBBLE_ALPHABET);
  } else if (packable && HEX_TEXT.test(text)) {
    writePacked(writer, text, TAG.HEX_8, HEX_ALPHABET);
  } else if (!writeJid(writer, text)) {
    const size = Buffer.byteLength(text, 'utf8');
    writeBinarySize(writer, size);
    writer.utf8(text, size);
  }
}

function writePacked(writer: ByteWriter, text: string, tag: number, alphabet: string): void {
  const odd = text.length % 2;
  writer.byte(tag);
  writer.byte(((text.length + odd) >> 1) | (odd << 7));
  for (let i = 0; i < text.length; i += 2) {
    const low = i + 1 < text.length ? alphabet.indexOf(text[i + 1]!) : PACKED_FILLER;
    writer.byte((alphabet.indexOf(text[i]!) << 4) | low);
  }
}

/** False when the text has no jid form that would read back as the same text: it then travels as plain text. */
function writeJid(writer: ByteWriter, text: string): boolean {
  const jid = parseJid(text);
  if (!jid) return false;
  const { user, server, device } = jid;
  if (device === undefined) {
    if (text !== `${user}@${server}`) return false;
    writer.byte(TAG.JID_PAIR);
    if (user === '') writer.byte(TAG.LIST_EMPTY);
    else writeText(writer, user);
    writeText(writer, server);
    return true;
  }
  const domain = DOMAIN_OF_SERVER.get(server);
  if (domain === undefined || user === '' || device > MAX_AD_DEVICE || text !== `${user}:${device}@${server}`)
    return false;
  writer.byte(TAG.AD_JID);
  writer.byte(domain);
  writer.byte(device);
  writeText(writer, user);
  return true;
}
