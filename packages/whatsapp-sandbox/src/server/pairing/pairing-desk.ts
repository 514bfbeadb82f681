import { EventEmitter, once } from 'node:events';
import type { ClientConnection } from '../client-connection.ts';

/** How long a phone waits for the client whose code it is given. */
const CODE_GRACE_MS = 1_000;

/** A client that asked for a pairing code and waits for the phone to enter it. */
export interface AwaitingCode {
  readonly connection: ClientConnection;
  readonly ref: string;
  /** The client's ephemeral key, wrapped with the code only its user knows. */
  readonly wrappedEphemeral: Buffer;
}

/** What a client being linked is expected to send next. */
export type PairingReply = 'key-bundle' | 'signed-identity';

interface Expected {
  reply: PairingReply;
  resolve: (bytes: Buffer | undefined) => void;
}

/** Clients that wait to be linked: by the refs of their QR codes, and by the number they asked a code for. */
export class PairingDesk {
  readonly #byRef = new Map<string, ClientConnection>();
  readonly #byNumber = new Map<string, AwaitingCode>();
  readonly #arrivals = new EventEmitter();
  readonly #expected = new Map<ClientConnection, Expected>();
  readonly #linkingOwners = new Map<string, string>();

  offerRefs(connection: ClientConnection, refs: readonly string[]): void {
    for (const ref of refs) this.#byRef.set(ref, connection);
  }

  byRef(ref: string): ClientConnection | undefined {
    return this.#byRef.get(ref);
  }

  /** The owner that the client showing this QR code named when it connected, if it did. */
  ownerHintFor(qr: string): string | undefined {
    const ref = /(?:^|#)([^#,]+),/.exec(qr)?.[1];
    return ref === undefined ? undefined : this.#byRef.get(ref)?.ownerHint;
  }

  awaitCode(number: string, waiting: AwaitingCode): void {
    this.#byNumber.set(number, waiting);
    this.#arrivals.emit(number);
  }

  /**
   * The client that waits for a code of this number. A client shows its code before the server has heard of it, so one
   * that is not there yet is given a moment.
   */
  async awaitingCode(number: string): Promise<AwaitingCode | undefined> {
    if (!this.#byNumber.has(number)) {
      const signal = AbortSignal.timeout(CODE_GRACE_MS);
      await once(this.#arrivals, number, { signal }).catch(() => undefined);
    }
    return this.#byNumber.get(number);
  }

  /** The client's next reply of this kind; undefined if it goes away, or is asked again, instead. */
  expect(connection: ClientConnection, reply: PairingReply): Promise<Buffer | undefined> {
    this.#expected.get(connection)?.resolve(undefined);
    return new Promise((resolve) => this.#expected.set(connection, { reply, resolve }));
  }

  receive(connection: ClientConnection, reply: PairingReply, bytes: Buffer): void {
    const expected = this.#expected.get(connection);
    if (expected?.reply !== reply) return;
    this.#expected.delete(connection);
    expected.resolve(bytes);
  }

  /** A phone took the client on: its codes are worth nothing any more. */
  withdraw(connection: ClientConnection): void {
    for (const [ref, holder] of this.#byRef) if (holder === connection) this.#byRef.delete(ref);
    for (const [number, { connection: holder }] of this.#byNumber) {
      if (holder === connection) this.#byNumber.delete(number);
    }
  }

  gone(connection: ClientConnection): void {
    this.withdraw(connection);
    this.#expected.get(connection)?.resolve(undefined);
    this.#expected.delete(connection);
  }

  /** Who is linking a client to this number right now; the number is theirs before the device exists. */
  linkingOwner(number: string): string | undefined {
    return this.#linkingOwners.get(number);
  }

  startLinking(number: string, owner: string): void {
    this.#linkingOwners.set(number, owner);
  }

  stopLinking(number: string): void {
    this.#linkingOwners.delete(number);
  }
}
