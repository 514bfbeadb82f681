import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import {
  type ClientPayload,
  type Node,
  NoiseResponder,
  ProtocolError,
  type ServerIdentity,
} from '../protocol/index.ts';
import type { Account } from '../state/account.ts';
import type { CompanionDevice } from '../state/companion-device.ts';

/** Time a client has to close after its last stanza; if the close overtook that stanza the reason would be lost. */
const CLOSE_GRACE_MS = 100;

/** Longest silence of a half-open connection; any client gives up long before. */
const SILENCE_MS = 600_000;

/** Who logged in on a connection. */
export interface LoggedIn {
  readonly account: Account;
  readonly device: CompanionDevice;
}

/** Keys a client that is not linked yet registered with. Raw, 32 bytes each. */
export interface Registration {
  readonly noiseKey: Buffer;
  readonly identityKey: Buffer;
  readonly registrationId: number;
  readonly signedPreKey: { id: number; publicKey: Buffer; signature: Buffer };
}

export interface ClientConnectionOptions {
  socket: WebSocket;
  identity: ServerIdentity;
  /** Owner named in the URL the client connected to, if any. */
  ownerHint: string | undefined;
  onHandshake: (connection: ClientConnection, payload: ClientPayload, noiseKey: Buffer) => void;
  onStanza: (connection: ClientConnection, node: Node) => void;
  onClosed: (connection: ClientConnection) => void;
  /** A handler failed; the connection is terminated. */
  onFailure: (error: unknown) => void;
}

/** One client's socket, from the Noise handshake to its end. */
export class ClientConnection {
  readonly ownerHint: string | undefined;
  readonly #socket: WebSocket;
  readonly #noise: NoiseResponder;
  readonly #idPrefix = randomBytes(4).toString('hex');
  #nextId = 1;
  #ending = false;
  #unsent: Buffer[] = [];
  registration: Registration | undefined;
  loggedIn: LoggedIn | undefined;
  /** The client declared itself active: stanzas for it are sent instead of waiting. */
  active = false;

  constructor({ socket, identity, ownerHint, onHandshake, onStanza, onClosed, onFailure }: ClientConnectionOptions) {
    this.#socket = socket;
    this.ownerHint = ownerHint;
    this.#noise = new NoiseResponder({
      identity,
      send: (bytes) => this.#write(bytes),
      onHandshake: (payload, noiseKey) => onHandshake(this, payload, noiseKey),
      onNode: (node) => {
        if (!this.#ending) onStanza(this, node);
      },
    });
    socket.on('message', (data) => {
      try {
        // binaryType is nodebuffer, so a message is one Buffer.
        this.#noise.feed(data as Buffer);
      } catch (error) {
        if (!(error instanceof ProtocolError)) onFailure(error);
        socket.terminate();
      }
    });
    // A reset connection; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ending = true;
      onClosed(this);
    });
  }

  // A WebSocket message may hold several frames: what one turn of the event loop causes goes out together, in one system call.
  #write(bytes: Buffer): void {
    this.#unsent.push(bytes);
    if (this.#unsent.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const [first, ...more] = this.#unsent;
    if (!first) return;
    this.#unsent = [];
    const message = more.length === 0 ? first : Buffer.concat([first, ...more]);
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(message);
  }

  /** Id for a stanza of the server's own. */
  newId(): string {
    return `${this.#idPrefix}-${this.#nextId++}`;
  }

  /** Sends a stanza; silently does nothing on a connection that is ending. */
  send(node: Node): void {
    if (this.#ending || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#noise.sendNode(node);
  }

  /** Sends the stanza that says why, and closes. Nothing else is sent or heard any more. */
  endWith(node: Node): void {
    this.send(node);
    // A process that is late would close first: timers come before what is written at the end of a turn.
    this.#flush();
    this.#ending = true;
    setTimeout(() => this.#socket.close(), CLOSE_GRACE_MS).unref();
  }

  /** A WebSocket close without a word. */
  close(): void {
    this.#ending = true;
    this.#socket.close(1000);
  }

  /** Cuts the TCP connection. */
  terminate(): void {
    this.#ending = true;
    this.#socket.terminate();
  }

  /** Half-open: the socket stays, but nothing is read or sent any more. */
  fallSilent(): void {
    this.#ending = true;
    this.#socket.pause();
    // A paused socket never notices that the client gave up.
    setTimeout(() => this.#socket.terminate(), SILENCE_MS).unref();
  }
}
