import type { KeyPair, RandomBytes } from '../curve25519/x25519.ts';
import type { PreKeyBundle } from './pre-key-bundle.ts';
import type { SignalDeviceState, SignalKeysState, SignalPeerState } from './signal-device-state.ts';

/** `type` attribute of an `enc` node: first message of a session (with the sender's keys) or a later one. */
export type CiphertextType = 'pkmsg' | 'msg';

export interface EncryptedMessage {
  type: CiphertextType;
  ciphertext: Buffer;
}

/** One device's Signal identity, prekeys and sessions. A `peer` is any stable name of the other device. */
export class SignalDevice {
  static generate(_random?: RandomBytes): SignalDevice {
    throw new Error('not written yet');
  }

  static fromJSON(_state: SignalDeviceState, _random?: RandomBytes): SignalDevice {
    throw new Error('not written yet');
  }

  toJSON(): SignalDeviceState {
    throw new Error('not written yet');
  }

  /** Only the keys: changes when a bundle is minted or a first message arrives. */
  keysToJSON(): SignalKeysState {
    throw new Error('not written yet');
  }

  /** Only the sessions with one peer: what an encrypt or decrypt changed. Undefined when there are none. */
  peerToJSON(_peer: string): SignalPeerState | undefined {
    throw new Error('not written yet');
  }

  get identity(): KeyPair {
    throw new Error('not written yet');
  }

  /** Raw, 32 bytes. */
  get identityPublic(): Buffer {
    throw new Error('not written yet');
  }

  get registrationId(): number {
    throw new Error('not written yet');
  }

  /** A bundle with a fresh one-time prekey. */
  mintBundle(): PreKeyBundle {
    throw new Error('not written yet');
  }

  /** Opens a session from the peer's bundle; an open one is archived. Throws `bad-signature`, `bad-key`. */
  startSession(_peer: string, _bundle: PreKeyBundle): void {}

  hasSession(_peer: string): boolean {
    throw new Error('not written yet');
  }

  /** Throws `no-session`. */
  encrypt(_peer: string, _plaintext: Buffer): EncryptedMessage {
    throw new Error('not written yet');
  }

  /** Throws DuplicateMessageError, UndecryptableMessageError, ProtocolError. A failure changes nothing. */
  decrypt(_peer: string, _type: CiphertextType, _ciphertext: Buffer): Buffer {
    throw new Error('not written yet');
  }
}
