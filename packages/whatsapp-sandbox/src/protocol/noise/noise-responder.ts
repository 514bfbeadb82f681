import { decodeNode } from '../binary-node/decode-node.ts';
import { encodeNode } from '../binary-node/encode-node.ts';
import type { Node } from '../binary-node/node.ts';
import { KEY_SIZE, KeyPair, type RandomBytes, systemRandom } from '../curve25519/x25519.ts';
import { clientPayloadCodec, handshakeMessageCodec } from '../messages/message-codecs.ts';
import type { ClientPayload } from '../messages/message-types.ts';
import { ProtocolError } from '../protocol-error.ts';
import { CLIENT_HEADER, FrameSplitter, frame } from './frame-splitter.ts';
import { type CounterCipher, HandshakeState } from './noise-cipher.ts';
import type { ServerIdentity } from './server-identity.ts';

const DEFAULT_MAX_FRAME_BYTES = 8 << 20;
/** Handshake frames come from strangers and have a few hundred bytes. */
const MAX_HANDSHAKE_FRAME_BYTES = 64 << 10;
const FRAME_HEADER_SIZE = 3;

export interface NoiseResponderOptions {
  identity: ServerIdentity;
  /** Writes bytes to the connection, in order. */
  send(bytes: Buffer): void;
  /** The client is authenticated as the owner of `clientStaticKey` (raw, 32 bytes). `sendNode` works from here on. */
  onHandshake(payload: ClientPayload, clientStaticKey: Buffer): void;
  /** A stanza; `wireBytes` is its size on the wire, frame header included. */
  onNode(node: Node, wireBytes: number): void;
  random?: RandomBytes;
  /** Larger frames are refused. Default 8 MiB; the header could announce just under 16 MiB. */
  maxFrameBytes?: number;
}

type Stage =
  | { name: 'hello'; handshake: HandshakeState }
  | { name: 'finish'; handshake: HandshakeState; ephemeral: KeyPair }
  | { name: 'transport'; incoming: CounterCipher; outgoing: CounterCipher }
  | { name: 'dead' };

/**
 * The server's end of one connection. A ProtocolError from `feed` ends it: close the connection. What the callbacks
 * throw passes through and does not.
 */
export class NoiseResponder {
  readonly #options: NoiseResponderOptions;
  readonly #maxFrameBytes: number;
  readonly #splitter = new FrameSplitter();
  #stage: Stage = { name: 'hello', handshake: new HandshakeState(CLIENT_HEADER) };

  constructor(options: NoiseResponderOptions) {
    this.#options = options;
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
  }

  /** Whether the handshake is done. */
  get established(): boolean {
    return this.#stage.name === 'transport';
  }

  /** The edge-routing bytes the client put before its first frame, if any. */
  get routingInfo(): Buffer | undefined {
    return this.#splitter.routingInfo;
  }

  /** Takes bytes as they arrive, cut anywhere. Throws ProtocolError on anything malformed. */
  feed(bytes: Buffer): void {
    if (this.#stage.name === 'dead') throw new ProtocolError('not-connected', 'the connection failed before');
    this.#splitter.push(bytes);
    for (;;) {
      const deliver = this.#orDie(() => this.#nextFrame());
      if (!deliver) return;
      deliver();
    }
  }

  /** Encrypts and sends one stanza; returns its size on the wire. Throws `not-connected` before the handshake. */
  sendNode(node: Node): number {
    if (this.#stage.name !== 'transport') throw new ProtocolError('not-connected', 'the handshake is not done');
    const bytes = frame(this.#stage.outgoing.seal(encodeNode(node)));
    this.#options.send(bytes);
    return bytes.length;
  }

  /** Reads one frame and returns the callback to make for it, so that errors of callbacks stay the caller's own. */
  #nextFrame(): (() => void) | undefined {
    const stage = this.#stage;
    const body = this.#splitter.next(stage.name === 'transport' ? this.#maxFrameBytes : MAX_HANDSHAKE_FRAME_BYTES);
    if (!body) return undefined;
    switch (stage.name) {
      case 'hello':
        return this.#onClientHello(stage.handshake, body);
      case 'finish':
        return this.#onClientFinish(stage.handshake, stage.ephemeral, body);
      case 'transport': {
        const node = decodeNode(stage.incoming.open(body));
        return () => this.#options.onNode(node, FRAME_HEADER_SIZE + body.length);
      }
      case 'dead':
        return undefined;
    }
  }

  /** -> e; answers <- e, ee, s, es with the certificate chain as payload. */
  #onClientHello(handshake: HandshakeState, body: Buffer): () => void {
    const clientEphemeral = key(handshakeMessageCodec.decode(body).clientHello?.ephemeral, 'client hello');
    const { staticKey, certificateChain } = this.#options.identity;
    const ephemeral = KeyPair.generate(this.#options.random ?? systemRandom);
    handshake.mixHash(clientEphemeral);
    handshake.mixHash(ephemeral.publicKey);
    handshake.mixKey(ephemeral.agree(clientEphemeral));
    const sealedStatic = handshake.sealAndHash(staticKey.publicKey);
    handshake.mixKey(staticKey.agree(clientEphemeral));
    const payload = handshake.sealAndHash(certificateChain);
    const serverHello = { ephemeral: ephemeral.publicKey, static: sealedStatic, payload };
    this.#stage = { name: 'finish', handshake, ephemeral };
    return () => this.#options.send(frame(handshakeMessageCodec.encode({ serverHello })));
  }

  /** -> s, se with the client payload. */
  #onClientFinish(handshake: HandshakeState, ephemeral: KeyPair, body: Buffer): () => void {
    const finish = handshakeMessageCodec.decode(body).clientFinish;
    if (!finish?.static || !finish.payload) throw new ProtocolError('handshake-failed', 'an incomplete client finish');
    const clientStatic = key(handshake.openAndHash(finish.static), 'client finish');
    handshake.mixKey(ephemeral.agree(clientStatic));
    const payload = clientPayloadCodec.decode(handshake.openAndHash(finish.payload));
    const { fromClient, fromServer } = handshake.split();
    this.#stage = { name: 'transport', incoming: fromClient, outgoing: fromServer };
    return () => this.#options.onHandshake(payload, clientStatic);
  }

  #orDie<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.#stage = { name: 'dead' };
      throw error;
    }
  }
}

function key(bytes: Buffer | undefined, where: string): Buffer {
  if (bytes?.length !== KEY_SIZE)
    throw new ProtocolError('handshake-failed', `no ${KEY_SIZE}-byte key in the ${where}`);
  return bytes;
}
