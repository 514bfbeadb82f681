import { KeyPair, type RandomBytes } from '../curve25519/x25519.ts';
import { UndecryptableMessageError } from '../protocol-error.ts';
import {
  decryptBody,
  encryptBody,
  expandMessageKey,
  macsEqual,
  messageKeyOf,
  messageMac,
  nextChainKey,
  type RootStep,
  stepRoot,
} from './key-schedule.ts';
import { ReceivingChain } from './receiving-chain.ts';
import type { KeyPairState, SessionState } from './signal-device-state.ts';
import { encodeVersioned, type RatchetMessage } from './wire-message.ts';

/** Chains of the peer kept for messages that are late by whole ratchet turns. As in libsignal. */
const MAX_RECEIVING_CHAINS = 5;

export interface PendingFirstMessage {
  preKeyId?: number;
  signedPreKeyId: number;
}

interface SessionFields {
  remoteIdentity: Buffer;
  baseKey: Buffer;
  rootKey: Buffer;
  ratchet: KeyPair;
  remoteRatchetKey: Buffer;
  sending: { chainKey: Buffer; nextCounter: number } | undefined;
  previousCounter: number;
  receiving: ReceivingChain[];
  pending: PendingFirstMessage | undefined;
}

/** One Double Ratchet with one peer device. */
export class Session {
  readonly #state: SessionFields;

  private constructor(state: SessionFields) {
    // The peer's keys are views on whole messages as they come in; copies let those go.
    this.#state = {
      ...state,
      remoteIdentity: Buffer.from(state.remoteIdentity),
      baseKey: Buffer.from(state.baseKey),
      remoteRatchetKey: Buffer.from(state.remoteRatchetKey),
    };
  }

  /** After X3DH as initiator: can send at once, as `pkmsg` until the peer answers. */
  static initiate(input: {
    initial: RootStep;
    remoteIdentity: Buffer;
    baseKey: Buffer;
    remoteSignedPreKey: Buffer;
    pending: PendingFirstMessage;
    random: RandomBytes;
  }): Session {
    const ratchet = KeyPair.generate(input.random);
    const { rootKey, chainKey } = stepRoot(input.initial.rootKey, ratchet.agree(input.remoteSignedPreKey));
    return new Session({
      remoteIdentity: input.remoteIdentity,
      baseKey: input.baseKey,
      rootKey,
      ratchet,
      remoteRatchetKey: input.remoteSignedPreKey,
      sending: { chainKey, nextCounter: 0 },
      previousCounter: 0,
      receiving: [],
      pending: input.pending,
    });
  }

  /** After X3DH as responder: the signed prekey is this side's first ratchet key. */
  static respond(input: {
    initial: RootStep;
    remoteIdentity: Buffer;
    baseKey: Buffer;
    signedPreKey: KeyPair;
  }): Session {
    return new Session({
      remoteIdentity: input.remoteIdentity,
      baseKey: input.baseKey,
      rootKey: input.initial.rootKey,
      ratchet: input.signedPreKey,
      remoteRatchetKey: input.baseKey,
      sending: undefined,
      previousCounter: 0,
      receiving: [],
      pending: undefined,
    });
  }

  get remoteIdentity(): Buffer {
    return this.#state.remoteIdentity;
  }

  get baseKey(): Buffer {
    return this.#state.baseKey;
  }

  get pending(): PendingFirstMessage | undefined {
    return this.#state.pending;
  }

  /** Whether the peer has used this ratchet key here before, so that the message can be of no other session. */
  knows(ratchetKey: Buffer): boolean {
    return this.#chainOf(ratchetKey) !== undefined;
  }

  /** One message on the sending chain; takes the pending ratchet turn first. */
  encrypt(plaintext: Buffer, ownIdentity: Buffer, random: RandomBytes): Buffer {
    const state = this.#state;
    if (!state.sending) {
      state.ratchet = KeyPair.generate(random);
      const { rootKey, chainKey } = stepRoot(state.rootKey, state.ratchet.agree(state.remoteRatchetKey));
      state.rootKey = rootKey;
      state.sending = { chainKey, nextCounter: 0 };
    }
    const { chainKey, nextCounter } = state.sending;
    const keys = expandMessageKey(messageKeyOf(chainKey));
    const versioned = encodeVersioned({
      ratchetKey: state.ratchet.publicKey,
      counter: nextCounter,
      previousCounter: state.previousCounter,
      ciphertext: encryptBody(keys, plaintext),
    });
    state.sending = { chainKey: nextChainKey(chainKey), nextCounter: nextCounter + 1 };
    return Buffer.concat([versioned, messageMac(keys, ownIdentity, state.remoteIdentity, versioned)]);
  }

  /**
   * Throws UndecryptableMessageError `undecryptable` when the message is not of this session, DuplicateMessageError for
   * one seen before. State changes only when the MAC holds and the body decrypts.
   */
  decrypt(message: RatchetMessage, ownIdentity: Buffer): Buffer {
    const known = this.#chainOf(message.ratchetKey);
    const turn = known ? undefined : this.#planRatchetTurn(message.ratchetKey, message.previousCounter);
    const advance = (known ?? turn!.chain).keyFor(message.counter);
    const keys = expandMessageKey(advance.messageKey);
    if (!macsEqual(messageMac(keys, this.#state.remoteIdentity, ownIdentity, message.versioned), message.mac)) {
      throw new UndecryptableMessageError('undecryptable', 'the MAC does not fit this session');
    }
    const closing = turn?.closePrevious();
    const plaintext = decryptBody(keys, message.ciphertext);
    closing?.apply();
    turn?.apply();
    advance.apply();
    this.#state.pending = undefined;
    return plaintext;
  }

  toJSON(): SessionState {
    const { sending, pending, ratchet, receiving, previousCounter } = this.#state;
    return {
      remoteIdentity: this.#state.remoteIdentity.toString('base64'),
      baseKey: this.#state.baseKey.toString('base64'),
      rootKey: this.#state.rootKey.toString('base64'),
      ratchet: keyPairToJSON(ratchet),
      remoteRatchetKey: this.#state.remoteRatchetKey.toString('base64'),
      sending: sending ? { chainKey: sending.chainKey.toString('base64'), nextCounter: sending.nextCounter } : null,
      previousCounter,
      receiving: receiving.map((chain) => chain.toJSON()),
      ...(pending ? { pending } : {}),
    };
  }

  static fromJSON(state: SessionState): Session {
    return new Session({
      remoteIdentity: Buffer.from(state.remoteIdentity, 'base64'),
      baseKey: Buffer.from(state.baseKey, 'base64'),
      rootKey: Buffer.from(state.rootKey, 'base64'),
      ratchet: keyPairFromJSON(state.ratchet),
      remoteRatchetKey: Buffer.from(state.remoteRatchetKey, 'base64'),
      sending: state.sending
        ? { chainKey: Buffer.from(state.sending.chainKey, 'base64'), nextCounter: state.sending.nextCounter }
        : undefined,
      previousCounter: state.previousCounter,
      receiving: state.receiving.map((chain) => ReceivingChain.fromJSON(chain)),
      pending: state.pending,
    });
  }

  #chainOf(ratchetKey: Buffer): ReceivingChain | undefined {
    return this.#state.receiving.find((chain) => chain.ratchetKey.equals(ratchetKey));
  }

  #planRatchetTurn(
    ratchetKey: Buffer,
    previousCounter: number,
  ): { chain: ReceivingChain; closePrevious(): { apply(): void } | undefined; apply(): void } {
    const state = this.#state;
    const { rootKey, chainKey } = stepRoot(state.rootKey, state.ratchet.agree(ratchetKey));
    const kept = Buffer.from(ratchetKey);
    const chain = new ReceivingChain(kept, chainKey);
    return {
      chain,
      closePrevious: () => this.#chainOf(state.remoteRatchetKey)?.close(previousCounter),
      apply: () => {
        state.rootKey = rootKey;
        state.remoteRatchetKey = kept;
        state.receiving = [chain, ...state.receiving].slice(0, MAX_RECEIVING_CHAINS);
        state.previousCounter = Math.max((state.sending?.nextCounter ?? 0) - 1, 0);
        // The next own ratchet key is made when something is sent: a peer that is never answered costs one agreement.
        state.sending = undefined;
      },
    };
  }
}

export function keyPairToJSON(pair: KeyPair): KeyPairState {
  return [pair.privateKey.toString('base64'), pair.publicKey.toString('base64')];
}

export function keyPairFromJSON([privateKey, publicKey]: KeyPairState): KeyPair {
  return new KeyPair(Buffer.from(privateKey, 'base64'), Buffer.from(publicKey, 'base64'));
}
