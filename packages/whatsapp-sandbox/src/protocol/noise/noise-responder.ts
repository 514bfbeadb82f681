import type { Node } from '../binary-node/node.ts';
import type { RandomBytes } from '../curve25519/x25519.ts';
import type { ClientPayload } from '../messages/message-types.ts';
import type { ServerIdentity } from './server-identity.ts';

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

/** The server's end of one connection. After a ProtocolError from `feed` it is dead: close the connection. */
export class NoiseResponder {
  constructor(_options: NoiseResponderOptions) {
    throw new Error('not written yet');
  }

  /** Whether the handshake is done. */
  get established(): boolean {
    return false;
  }

  /** The edge-routing bytes the client put before its first frame, if any. */
  get routingInfo(): Buffer | undefined {
    return undefined;
  }

  /** Takes bytes as they arrive, cut anywhere. Throws ProtocolError on anything malformed. */
  feed(_bytes: Buffer): void {}

  /** Encrypts and sends one stanza; returns its size on the wire. Throws `not-connected` before the handshake. */
  sendNode(_node: Node): number {
    return 0;
  }
}
