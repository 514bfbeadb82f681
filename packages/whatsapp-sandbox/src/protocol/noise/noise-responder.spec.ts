import {
  type BinaryNode,
  Curve,
  makeNoiseHandler,
  NOISE_WA_HEADER,
  proto,
  WA_CERT_DETAILS,
} from '@whiskeysockets/baileys';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeNode } from '../binary-node/encode-node.ts';
import type { Node } from '../binary-node/node.ts';
import { KeyPair } from '../curve25519/x25519.ts';
import { verifyXEdDsa } from '../curve25519/xeddsa.ts';
import { certChainCodec, handshakeMessageCodec, noiseCertificateDetailsCodec } from '../messages/message-codecs.ts';
import type { ClientPayload } from '../messages/message-types.ts';
import { ProtocolError } from '../protocol-error.ts';
import { NoiseResponder } from './noise-responder.ts';
import { createServerIdentity } from './server-identity.ts';

const identity = createServerIdentity();
const silent = { child: () => silent, trace() {}, debug() {}, info() {}, warn() {}, error() {}, level: 'silent' };
const ping: Node = { tag: 'iq', attrs: { id: '1', type: 'get', xmlns: 'w:p' }, content: [{ tag: 'ping', attrs: {} }] };

beforeAll(() => {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(identity.rootPublicKey);
});

/** Baileys' own Noise client, wired to a responder through arrays instead of a socket. */
function connect(options: { routingInfo?: Buffer; payload?: proto.IClientPayload; maxFrameBytes?: number } = {}) {
  const fromServer: Buffer[] = [];
  const nodes: Array<{ node: Node; wireBytes: number }> = [];
  const handshakes: Array<{ payload: ClientPayload; clientStaticKey: Buffer }> = [];
  const responder = new NoiseResponder({
    identity,
    send: (bytes) => fromServer.push(bytes),
    onHandshake: (payload, clientStaticKey) => handshakes.push({ payload, clientStaticKey }),
    onNode: (node, wireBytes) => nodes.push({ node, wireBytes }),
    ...(options.maxFrameBytes === undefined ? {} : { maxFrameBytes: options.maxFrameBytes }),
  });
  const ephemeral = Curve.generateKeyPair();
  const staticKey = Curve.generateKeyPair();
  const client = makeNoiseHandler({
    keyPair: ephemeral,
    NOISE_HEADER: NOISE_WA_HEADER,
    logger: silent as never,
    ...(options.routingInfo ? { routingInfo: options.routingInfo } : {}),
  });
  const hello = client.encodeFrame(
    proto.HandshakeMessage.encode({ clientHello: { ephemeral: ephemeral.public } }).finish(),
  );
  const finish = async (): Promise<Buffer> => {
    const frames: Buffer[] = [];
    await client.decodeFrame(fromServer.shift()!, (frame) => frames.push(frame as Buffer));
    const encryptedStatic = client.processHandshake(proto.HandshakeMessage.decode(frames[0]!), staticKey);
    const payload = client.encrypt(proto.ClientPayload.encode(options.payload ?? { passive: true }).finish());
    const bytes = proto.HandshakeMessage.encode({ clientFinish: { static: encryptedStatic, payload } }).finish();
    const framed = client.encodeFrame(bytes);
    await client.finishInit();
    return framed;
  };
  const establish = async (): Promise<void> => {
    responder.feed(hello);
    responder.feed(await finish());
  };
  const received = async (): Promise<BinaryNode[]> => {
    const got: BinaryNode[] = [];
    for (const bytes of fromServer.splice(0)) await client.decodeFrame(bytes, (f) => got.push(f as BinaryNode));
    return got;
  };
  return { responder, client, hello, finish, establish, received, nodes, handshakes, staticKey };
}

describe('the Noise responder', () => {
  test('lets Baileys in and learns its static key and payload', async () => {
    const payload = { username: 911234567890, device: 5, passive: true, userAgent: { appVersion: { primary: 2 } } };
    const c = connect({ payload });
    await c.establish();
    expect(c.responder.established).toBe(true);
    expect(c.handshakes).toEqual([{ payload, clientStaticKey: c.staticKey.public }]);
  });

  test('exchanges stanzas both ways, each under its own counter', async () => {
    const c = connect();
    await c.establish();
    for (let i = 0; i < 5; i++) {
      const wire = c.client.encodeFrame(encodeNode({ ...ping, attrs: { ...ping.attrs, id: `c${i}` } }));
      c.responder.feed(wire);
      expect(c.nodes.at(-1)).toEqual({
        node: { ...ping, attrs: { ...ping.attrs, id: `c${i}` } },
        wireBytes: wire.length,
      });
      expect(c.responder.sendNode({ tag: 'iq', attrs: { id: `s${i}`, type: 'result' } })).toBeGreaterThan(19);
    }
    expect((await c.received()).map((node) => node.attrs.id)).toEqual(['s0', 's1', 's2', 's3', 's4']);
  });

  test('reads the same stanzas however the bytes are cut into messages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), async (cuts) => {
        const c = connect({ routingInfo: Buffer.from('edge') });
        await feedCut(c.responder, c.hello, cuts);
        const rest = [await c.finish(), c.client.encodeFrame(encodeNode(ping)), c.client.encodeFrame(encodeNode(ping))];
        await feedCut(c.responder, Buffer.concat(rest), cuts);
        expect(c.responder.routingInfo).toEqual(Buffer.from('edge'));
        expect(c.nodes.map(({ node }) => node)).toEqual([ping, ping]);
      }),
      { numRuns: 20 },
    );
  });

  test('has a chain that verifies strictly from the root to the static key', () => {
    const { intermediate, leaf } = certChainCodec.decode(identity.certificateChain);
    const intermediateDetails = noiseCertificateDetailsCodec.decode(intermediate!.details!);
    expect(verifyXEdDsa(identity.rootPublicKey, intermediate!.details!, intermediate!.signature!)).toBe(true);
    expect(verifyXEdDsa(intermediateDetails.key!, leaf!.details!, leaf!.signature!)).toBe(true);
    expect(intermediateDetails.issuerSerial).toBe(0);
    expect(noiseCertificateDetailsCodec.decode(leaf!.details!).key).toEqual(identity.staticKey.publicKey);
  });

  test('keeps root and static key over a restart', () => {
    const again = createServerIdentity(JSON.parse(JSON.stringify(identity)));
    expect(again.rootPublicKey).toEqual(identity.rootPublicKey);
    expect(again.staticKey.publicKey).toEqual(identity.staticKey.publicKey);
  });

  test('does not send stanzas before the handshake', () => {
    expect(() => connect().responder.sendNode(ping)).toThrow(expect.objectContaining({ code: 'not-connected' }));
  });

  test('leaves errors of its callbacks to the caller and stays usable', async () => {
    const c = connect();
    await c.establish();
    const failing = new Error('handler bug');
    c.nodes.push = () => {
      throw failing;
    };
    expect(() => c.responder.feed(c.client.encodeFrame(encodeNode(ping)))).toThrow(failing);
    c.nodes.push = Array.prototype.push;
    c.responder.feed(c.client.encodeFrame(encodeNode(ping)));
    expect(c.nodes).toHaveLength(1);
  });
});

describe('the Noise responder refuses', () => {
  test('a connection without the WA header', () => {
    const get = Buffer.from('GET / HTTP/1.1\r\n');
    expect(() => connect().responder.feed(get)).toThrow(expect.objectContaining({ code: 'malformed-frame' }));
  });

  test('a huge frame as soon as its header is there', async () => {
    const c = connect({ maxFrameBytes: 1000 });
    expect(() => c.responder.feed(Buffer.from([0x57, 0x41, 6, 3, 0xff, 0xff, 0xff]))).toThrow(
      expect.objectContaining({ code: 'frame-too-large' }),
    );
    const d = connect({ maxFrameBytes: 1000 });
    await d.establish();
    const large = d.client.encodeFrame(encodeNode({ ...ping, content: Buffer.alloc(2000) }));
    expect(() => d.responder.feed(large)).toThrow(expect.objectContaining({ code: 'frame-too-large' }));
  });

  test('a hello without a usable key', () => {
    for (const ephemeral of [Buffer.alloc(0), Buffer.alloc(31, 1), Buffer.alloc(32)]) {
      const body = handshakeMessageCodec.encode({ clientHello: { ephemeral } });
      const bytes = Buffer.concat([NOISE_WA_HEADER, Buffer.of(0, 0, body.length), body]);
      expect(() => connect().responder.feed(bytes)).toThrow(ProtocolError);
    }
  });

  test('a replayed, damaged or missing frame, and everything after it', async () => {
    const c = connect();
    await c.establish();
    const wire = c.client.encodeFrame(encodeNode(ping));
    c.responder.feed(wire);
    expect(() => c.responder.feed(wire)).toThrow(expect.objectContaining({ code: 'decryption-failed' }));
    expect(() => c.responder.feed(c.client.encodeFrame(encodeNode(ping)))).toThrow(ProtocolError);
    expect(() => c.responder.sendNode(ping)).toThrow(ProtocolError);
  });

  test('a client finish of another handshake', async () => {
    const a = connect();
    const b = connect();
    a.responder.feed(a.hello);
    b.responder.feed(b.hello);
    const finish = await b.finish();
    expect(() => a.responder.feed(finish)).toThrow(expect.objectContaining({ code: 'decryption-failed' }));
  });

  test('random and damaged bytes with a ProtocolError, whatever the stage', async () => {
    const expectRefusal = (responder: NoiseResponder, bytes: Buffer): void => {
      try {
        responder.feed(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    };
    const damage = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectRefusal(connect().responder, Buffer.from(bytes));
        expectRefusal(connect().responder, Buffer.concat([NOISE_WA_HEADER, bytes]));
      }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async ([at, xor]) => {
        const c = connect();
        c.responder.feed(c.hello);
        const finish = await c.finish();
        finish[at % finish.length]! ^= xor;
        expectRefusal(c.responder, finish);
        const d = connect();
        await d.establish();
        const wire = d.client.encodeFrame(encodeNode(ping));
        wire[at % wire.length]! ^= xor;
        expectRefusal(d.responder, wire);
        expect(d.nodes).toHaveLength(0);
      }),
      { numRuns: 20 },
    );
  });
});

async function feedCut(responder: NoiseResponder, bytes: Buffer, cuts: number[]): Promise<void> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = cuts[i % cuts.length]!;
    responder.feed(bytes.subarray(at, at + size));
    at += size;
  }
}

test('a key pair made from a private key has the public key other implementations compute', () => {
  const theirs = Curve.generateKeyPair();
  const ours = KeyPair.fromPrivateKey(Buffer.from(theirs.private));
  expect(ours.publicKey).toEqual(theirs.public);
  const other = KeyPair.generate();
  expect(ours.agree(other.publicKey)).toEqual(Curve.sharedKey(other.privateKey, theirs.public));
});
