import { deflateSync } from 'node:zlib';
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode } from '@whiskeysockets/baileys';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { decodeNode } from './decode-node.ts';
import { encodeNode } from './encode-node.ts';
import { contentText, type Node } from './node.ts';
import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from './token-dictionaries.ts';

// Baileys looks words up in a plain object, so these come out as something else there; the user part of a jid is such a word too.
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));
const digits = fc.stringMatching(/^[0-9]{1,15}$/);
const user = fc.oneof(
  digits,
  fc.stringMatching(/^[a-z]{1,12}$/).filter((word) => !inherited.has(word)),
  fc.stringMatching(/^[0-9]{5,12}-[0-9]{5,12}$/),
);
const jid = fc.oneof(
  fc
    .tuple(user, fc.constantFrom('s.whatsapp.net', 'lid', 'g.us', 'broadcast', 'newsletter'))
    .map(([u, s]) => `${u}@${s}`),
  fc
    .tuple(digits, fc.integer({ min: 1, max: 255 }), fc.constantFrom('s.whatsapp.net', 'lid', 'hosted', 'hosted.lid'))
    .map(([u, d, s]) => `${u}:${d}@${s}`),
  fc.constant('@s.whatsapp.net'),
);
const text = fc.oneof(
  fc.constantFrom(...SINGLE_BYTE_TOKENS.slice(1), ...DOUBLE_BYTE_TOKENS.flat()),
  digits,
  fc.stringMatching(/^[0-9.-]{1,140}$/),
  fc.stringMatching(/^[0-9A-F]{1,140}$/),
  jid,
  fc.string({ unit: 'grapheme', maxLength: 40 }).filter((s) => !s.includes('@')),
  fc.constant(''),
  fc.string({ minLength: 256, maxLength: 400 }).filter((s) => !s.includes('@')),
);
const sendable = text.filter((t) => !inherited.has(t));
const name = sendable.filter((t) => t !== '');
const bytes = fc
  .oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 250, maxLength: 300 }))
  .map((b) => Buffer.from(b));

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ tag: name, attrs: fc.dictionary(name, sendable, { maxKeys: 5 }), content: bytes }),
    fc.record({ tag: name, attrs: fc.dictionary(name, sendable, { maxKeys: 5 }) }),
    fc.record({
      tag: name,
      attrs: fc.dictionary(name, sendable, { maxKeys: 3 }),
      content: fc.array(tie('node'), { maxLength: 6 }),
    }),
  ),
}));

/** Baileys reports absent content as `undefined`. */
const withoutAbsent = (decoded: BinaryNode): Node => {
  const { tag, attrs, content } = decoded;
  if (content === undefined) return { tag, attrs };
  return { tag, attrs, content: Array.isArray(content) ? content.map(withoutAbsent) : (content as Buffer | string) };
};

const refused = (encoded: Buffer): void => {
  try {
    decodeNode(encoded);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return;
  }
};

describe('the node codec', () => {
  test('reads whatever Baileys writes', () => {
    fc.assert(
      fc.property(node, (n) => {
        expect(decodeNode(encodeBinaryNode(n as BinaryNode))).toEqual(n);
      }),
    );
  });

  test('is read by Baileys', async () => {
    await fc.assert(
      fc.asyncProperty(node, async (n) => {
        expect(withoutAbsent(await decodeBinaryNode(encodeNode(n)))).toEqual(n);
      }),
    );
  });

  test('writes the same bytes as Baileys', () => {
    fc.assert(
      fc.property(node, (n) => {
        expect(encodeNode(n)).toEqual(encodeBinaryNode(n as BinaryNode));
      }),
    );
  });

  test('reads back any text as content, whatever form it took on the wire', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (content) => {
        expect(contentText(decodeNode(encodeNode({ tag: 'a', attrs: {}, content })))).toBe(content.toWellFormed());
      }),
    );
  });

  test('carries binary content of every length class', () => {
    for (const size of [0, 255, 256, (1 << 20) - 1, 1 << 20]) {
      const content = Buffer.alloc(size, 7);
      expect(decodeNode(encodeNode({ tag: 'enc', attrs: {}, content })).content).toEqual(content);
      expect(decodeNode(encodeBinaryNode({ tag: 'enc', attrs: {}, content })).content).toEqual(content);
    }
  });

  test('carries lists of more than 255 children', () => {
    const many: Node = {
      tag: 'list',
      attrs: {},
      content: Array.from({ length: 700 }, (_, i) => ({ tag: 'user', attrs: { id: `${i}` } })),
    };
    expect(decodeNode(encodeNode(many))).toEqual(many);
    expect(decodeNode(encodeBinaryNode(many as BinaryNode))).toEqual(many);
  });

  test('reads a compressed frame', () => {
    const plain = encodeNode({ tag: 'iq', attrs: { id: '1' }, content: Buffer.alloc(2000, 65) });
    const compressed = Buffer.concat([Buffer.of(2), deflateSync(plain.subarray(1))]);
    expect(decodeNode(compressed)).toEqual(decodeNode(plain));
  });

  test('reads Messenger and interop jids', () => {
    const token = (word: string) => Buffer.of(SINGLE_BYTE_TOKENS.indexOf(word));
    const frame = (value: Buffer) => Buffer.concat([Buffer.of(0, 248, 3), token('iq'), token('from'), value]);
    const packed12 = Buffer.of(255, 1, 0x12);
    const fb = Buffer.concat([Buffer.of(246), packed12, Buffer.of(0, 3), token('s.whatsapp.net')]);
    expect(decodeNode(frame(fb)).attrs.from).toBe('12:3@s.whatsapp.net');
    const interop = Buffer.concat([Buffer.of(245), packed12, Buffer.of(0, 3, 0, 9)]);
    expect(decodeNode(frame(interop)).attrs.from).toBe('9-12:3@interop');
  });

  test('reads names that clients take for jids', () => {
    for (const pushName of ['a@b@c', 'me@', '@', 'x@y z']) {
      const written = encodeBinaryNode({ tag: 'presence', attrs: { name: pushName } });
      expect(decodeNode(written).attrs.name).toBe(pushName);
      expect(decodeNode(encodeNode({ tag: 'presence', attrs: { name: pushName } })).attrs.name).toBe(pushName);
    }
  });

  test('refuses what is not exactly one node', () => {
    const good = encodeNode({ tag: 'iq', attrs: { id: 'abc' }, content: [{ tag: 'ping', attrs: {} }] });
    for (let cut = 0; cut < good.length; cut++) expect(() => decodeNode(good.subarray(0, cut))).toThrow(ProtocolError);
    expect(() => decodeNode(Buffer.concat([good, Buffer.of(0)]))).toThrow(ProtocolError);
  });

  test('refuses nesting without end and zip bombs', () => {
    const wrapper = [248, 2, 1, 248, 1];
    const deep = Buffer.from([0, ...Array.from({ length: 100_000 }, () => wrapper).flat(), 248, 1, 1]);
    expect(() => decodeNode(deep)).toThrow(/nested more than/);
    const bomb = Buffer.concat([Buffer.of(2), deflateSync(Buffer.alloc(64 << 20))]);
    expect(() => decodeNode(bomb)).toThrow(/does not inflate/);
    const jids = Buffer.from([0, 248, 3, 1, 1, ...Array.from({ length: 1000 }, () => 250)]);
    expect(() => decodeNode(jids)).toThrow(ProtocolError);
  });

  test('answers random and damaged bytes with a node or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (b) => refused(Buffer.from([0, ...b]))),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(node, fc.nat(), fc.integer({ min: 0, max: 255 }), (n, at, value) => {
        const damaged = encodeNode(n);
        damaged[at % damaged.length] = value;
        refused(damaged);
      }),
      { numRuns: 500 },
    );
  });
});
