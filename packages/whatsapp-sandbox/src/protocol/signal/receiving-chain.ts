import { DuplicateMessageError, UndecryptableMessageError } from '../protocol-error.ts';
import { messageKeyOf, nextChainKey } from './key-schedule.ts';
import type { ReceivingChainState } from './signal-device-state.ts';

/** How far ahead of the chain a message may be, and how many skipped keys a chain keeps. As in libsignal. */
const MAX_SKIP = 2000;

/** What reading one message will change, applied once it has proved authentic. */
export interface ChainAdvance {
  messageKey: Buffer;
  apply(): void;
}

/** Keys for messages under one ratchet key of the peer. */
export class ReceivingChain {
  readonly ratchetKey: Buffer;
  #chainKey: Buffer | undefined;
  #nextCounter = 0;
  readonly #skipped = new Map<number, Buffer>();

  constructor(ratchetKey: Buffer, chainKey: Buffer | undefined) {
    this.ratchetKey = ratchetKey;
    this.#chainKey = chainKey;
  }

  /** Throws DuplicateMessageError for a key used before, `too-far-ahead` past 2000 messages. Changes nothing yet. */
  keyFor(counter: number): ChainAdvance {
    if (counter < this.#nextCounter) return this.#skippedKey(counter);
    const { keys, chainKey } = this.#walkTo(counter);
    const messageKey = keys.pop()!;
    return {
      messageKey,
      apply: () => {
        this.#keep(keys);
        this.#nextCounter = counter + 1;
        this.#chainKey = chainKey;
      },
    };
  }

  /** The peer has moved on after `lastCounter`: keys for what is still under way stay, the chain ends. */
  close(lastCounter: number): { apply(): void } {
    const keys = this.#chainKey && lastCounter >= this.#nextCounter ? this.#walkTo(lastCounter).keys : [];
    return {
      apply: () => {
        this.#keep(keys);
        this.#nextCounter += keys.length;
        this.#chainKey = undefined;
      },
    };
  }

  toJSON(): ReceivingChainState {
    return {
      ratchetKey: this.ratchetKey.toString('base64'),
      chainKey: this.#chainKey?.toString('base64') ?? null,
      nextCounter: this.#nextCounter,
      skipped: [...this.#skipped].map(([counter, key]) => [counter, key.toString('base64')]),
    };
  }

  static fromJSON(state: ReceivingChainState): ReceivingChain {
    const chainKey = state.chainKey === null ? undefined : Buffer.from(state.chainKey, 'base64');
    const chain = new ReceivingChain(Buffer.from(state.ratchetKey, 'base64'), chainKey);
    chain.#nextCounter = state.nextCounter;
    for (const [counter, key] of state.skipped) chain.#skipped.set(counter, Buffer.from(key, 'base64'));
    return chain;
  }

  #skippedKey(counter: number): ChainAdvance {
    const messageKey = this.#skipped.get(counter);
    if (!messageKey) throw new DuplicateMessageError(counter);
    return { messageKey, apply: () => this.#skipped.delete(counter) };
  }

  /** Message keys from the next counter to `counter`, and the chain key behind them. */
  #walkTo(counter: number): { keys: Buffer[]; chainKey: Buffer } {
    if (!this.#chainKey) throw new UndecryptableMessageError('undecryptable', 'the chain of this message has ended');
    if (counter - this.#nextCounter > MAX_SKIP) {
      throw new UndecryptableMessageError('too-far-ahead', `message ${counter} while ${this.#nextCounter} is next`);
    }
    const keys: Buffer[] = [];
    let chainKey = this.#chainKey;
    for (let i = this.#nextCounter; i <= counter; i++) {
      keys.push(messageKeyOf(chainKey));
      chainKey = nextChainKey(chainKey);
    }
    return { keys, chainKey };
  }

  /** Keeps `keys` for the counters from the next one on, dropping the oldest skipped keys over the bound. */
  #keep(keys: Buffer[]): void {
    for (const [i, key] of keys.entries()) this.#skipped.set(this.#nextCounter + i, key);
    for (const counter of this.#skipped.keys()) {
      if (this.#skipped.size <= MAX_SKIP) break;
      this.#skipped.delete(counter);
    }
  }
}
