import type { Journal } from '../storage/journal.ts';
import { sequenceKey } from '../storage/record-store.ts';

/** A receipt that a simulated phone will send. Kept durably: a message delivered before a crash is still read after. */
export interface PendingReceipt {
  sequence: number;
  /** Number of the phone that sends it. */
  fromNumber: string;
  /** Jid it comes from, as the sender addressed the message. */
  fromJid: string;
  /** Whom it is for: the account and the device that sent the message. */
  toNumber: string;
  toDevice: number;
  messageId: string;
  type: 'delivered' | 'read';
  /** Milliseconds since the epoch. */
  dueAt: number;
}

export interface PendingReceiptsOptions {
  journal: Journal;
  now: () => number;
  onDue: (receipt: PendingReceipt) => void;
}

/** Timers for receipts. They keep no process alive. */
export class PendingReceipts {
  readonly #journal: Journal;
  readonly #now: () => number;
  readonly #onDue: (receipt: PendingReceipt) => void;
  readonly #timers = new Map<number, NodeJS.Timeout>();

  constructor({ journal, now, onDue }: PendingReceiptsOptions) {
    this.#journal = journal;
    this.#now = now;
    this.#onDue = onDue;
  }

  /** Arms what an earlier process left behind. */
  resume(): void {
    for (const { value } of this.#journal.load<PendingReceipt>('pending-receipt')) this.#arm(value);
  }

  add(receipt: PendingReceipt): void {
    this.#journal.put('pending-receipt', sequenceKey(receipt.sequence), () => receipt);
    // Its time starts when the message is stored, so that no receipt overtakes the server's ack.
    this.#journal.afterCommit(() => this.#arm(receipt));
  }

  /** Stops the timers; what is pending stays in the journal. */
  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #arm(receipt: PendingReceipt): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(receipt.sequence);
        this.#journal.remove('pending-receipt', sequenceKey(receipt.sequence));
        this.#onDue(receipt);
      },
      Math.max(0, receipt.dueAt - this.#now()),
    );
    timer.unref();
    this.#timers.set(receipt.sequence, timer);
  }
}
